/** `done` in per cent, null when it cannot be told. The words beside it say the same. */
export function ProgressBar({ done, label, tone = 'accent' }: { readonly done: number | null; readonly label: string; readonly tone?: 'accent' | 'proven' | 'quiet' }) {
  return (
    <div className={`bar bar-${tone}`} role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={done === null ? undefined : Math.floor(done)}>
      <div className={done === null ? 'bar-fill bar-unknown' : 'bar-fill'} style={done === null ? undefined : { transform: `scaleX(${(done / 100).toFixed(4)})` }} />
    </div>
  );
}
