/**
 * One line of coreutils' checksum format: a name with a backslash, newline or carriage return is escaped, and the line begins with a
 * backslash then (GNU coreutils manual, "cksum output modes"). The mark is that of binary mode off, as `sha256sum` writes on Linux.
 */
export function sumLine(hex: string, name: string): string {
  const escaped = name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `${escaped === name ? '' : '\\'}${hex}  ${escaped}\n`;
}
