/** One word of a POSIX shell (Shell Command Language, section 2.2.2), whatever it holds: only a quote itself ends a quotation. A NUL cannot be in any path. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
