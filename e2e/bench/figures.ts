import type { TimedRun } from './timed.ts';

/** What one contender needed for one task, a number for each repetition, in the task's unit. */
export interface Figure {
  readonly by: string;
  readonly values: readonly number[];
  readonly cpuSeconds?: readonly number[];
}

/** Contenders for one task; the first is Holdfast, the reference of the ratios. */
export interface Comparison {
  readonly task: string;
  readonly unit: string;
  readonly figures: readonly Figure[];
  readonly notes: readonly string[];
}

/** A goal that was set beforehand, and whether this run reached it. */
export interface Aim {
  readonly text: string;
  readonly met: boolean | null;
  readonly found: string;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Lets the contenders take turns, so that a busy minute of the machine does not fall on one of them alone. */
export async function inTurns(repetitions: number, contenders: readonly { readonly by: string; run(repetition: number): Promise<Pick<TimedRun, 'seconds' | 'cpuSeconds'>> }[]): Promise<readonly Figure[]> {
  const figures = contenders.map(({ by }) => ({ by, values: [] as number[], cpuSeconds: [] as number[] }));
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const [index, contender] of contenders.entries()) {
      const { seconds, cpuSeconds } = await contender.run(repetition);
      figures[index]?.values.push(seconds);
      figures[index]?.cpuSeconds.push(cpuSeconds);
    }
  }
  return figures;
}

/** As lines of a table in Markdown. */
export function printed({ task, unit, figures, notes }: Comparison): string {
  const own = median(figures[0]?.values ?? []);
  const rows = figures.map(({ by, values, cpuSeconds }, index) => [
    by, number(median(values)), `${number(Math.min(...values))} to ${number(Math.max(...values))}`, cpuSeconds === undefined ? '' : number(median(cpuSeconds)), index === 0 ? '' : number(own / median(values)),
  ]);
  const header = [`${task}, ${unit}`, 'median', `range of ${figures[0]?.values.length ?? 0}`, 'CPU s', 'Holdfast / this'];
  return [line(header), line(header.map(() => '---')), ...rows.map(line), '', ...notes.map((note) => `- ${note}`), ''].join('\n');
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

export function number(value: number): string {
  return Number.isNaN(value) ? '?' : value >= 100 ? value.toFixed(0) : value.toFixed(2);
}
