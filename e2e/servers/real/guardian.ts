import { spawn, type ChildProcess } from 'node:child_process';

/**
 * What is to be undone when this process ends, in whatever way: `kill` a process with all its descendants and its group, `unmount` and
 * `remove` a folder, remove a system `account`.
 */
export type Undo = 'kill' | 'unmount' | 'remove' | 'account';

/**
 * Reads `+verb value` and `-verb value` until its input ends, which also happens when the writer is killed; then it undoes what is left,
 * the newest first.
 */
const PROGRAM = `
trap '' INT TERM HUP
todo=
while IFS= read -r line; do
  case $line in
    +*) todo="\${line#+}
$todo";;
    -*) todo="$(printf '%s' "$todo" | grep -vxF -e "\${line#-}")
";;
  esac
done
end() {
  for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do end "$child"; done
  kill -KILL "$1" 2>/dev/null
}
printf '%s' "$todo" | while IFS=' ' read -r verb value; do
  case $verb in
    kill) end "$value"; kill -KILL -- "-$value" 2>/dev/null;;
    unmount) umount -l "$value" 2>/dev/null;;
    remove) rm -rf -- "$value";;
    account) userdel -f "$value" 2>/dev/null;;
  esac
done
`;

let guardian: ChildProcess | undefined;
const groups = new Set<number>();

/** Remembers something to undo. Values hold no line break. */
export function guard(verb: Undo, value: string | number): void {
  if (verb === 'kill') groups.add(Number(value));
  tell(`+${verb} ${value}`);
}

/** It was undone in time. */
export function unguard(verb: Undo, value: string | number): void {
  if (verb === 'kill') groups.delete(Number(value));
  tell(`-${verb} ${value}`);
}

process.on('exit', () => {
  for (const group of groups) signal(-group, 'SIGKILL');
});

/** @returns whether there was such a process. @param pid negative for a group */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(process.platform === 'win32' ? Math.abs(pid) : pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

function tell(line: string): void {
  if (process.platform === 'win32') return;
  guardian ??= start();
  guardian.stdin?.write(`${line}\n`);
}

function start(): ChildProcess {
  const child = spawn('sh', ['-c', PROGRAM], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  child.unref();
  // A pipe is a socket here; it must not keep this process alive.
  (child.stdin as unknown as { unref(): void } | null)?.unref();
  return child;
}
