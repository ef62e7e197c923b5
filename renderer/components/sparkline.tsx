const WIDTH = 168;
const HEIGHT = 22;

/** A line over the last samples, the newest at the right; scaled to the highest. */
export function Sparkline({ samples, length, label }: { readonly samples: readonly number[]; readonly length: number; readonly label: string }) {
  const points = sparkPoints(samples, length, WIDTH, HEIGHT);
  return (
    <svg className="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} height={HEIGHT} preserveAspectRatio="none" role="img" aria-label={label}>
      {points !== '' && (
        <>
          <polygon className="sparkline-area" points={`${points.split(' ')[0]?.split(',')[0] ?? 0},${HEIGHT} ${points} ${WIDTH},${HEIGHT}`} />
          <polyline className="sparkline-line" vectorEffect="non-scaling-stroke" points={points} />
        </>
      )}
    </svg>
  );
}

/** `x,y` pairs; empty for fewer than two samples. */
export function sparkPoints(samples: readonly number[], length: number, width: number, height: number): string {
  if (samples.length < 2) return '';
  const highest = Math.max(...samples, 1);
  const step = width / (length - 1);
  const first = width - step * (samples.length - 1);
  return samples.map((sample, index) => `${(first + index * step).toFixed(1)},${(height - 1.5 - (sample / highest) * (height - 4)).toFixed(1)}`).join(' ');
}
