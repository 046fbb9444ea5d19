import { readFileSync } from 'node:fs';

/**
 * Whether any child of this process computes, or would if a processor were free. Only Linux tells; elsewhere, none is
 * taken to.
 */
export function isAnyChildRunning(): boolean {
  try {
    const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim();
    return children.split(' ').some((pid) => pid !== '' && stateOf(pid) === 'R');
  } catch {
    return false;
  }
}

/** The letter behind the name in parentheses, which may have anything in it. */
function stateOf(pid: string): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text[text.lastIndexOf(')') + 2] ?? '';
  } catch {
    // It has ended meanwhile.
    return '';
  }
}
