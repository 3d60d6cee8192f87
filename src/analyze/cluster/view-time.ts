import type { ClusterView } from './view.ts';

type Timed = Pick<ClusterView, 'now' | 'turn'>;

/**
 * Whether the instant has come by the view's time, noting when it will. A rule compares with the time in no other way,
 * so that what it found may be kept until then.
 */
export function hasCome(view: Timed, instant: Date | number): boolean {
  const at = Number(instant);
  if (at <= view.now.getTime()) return true;
  noteTurn(view, at);
  return false;
}

/** The same once the instant is over. */
export function hasPassed(view: Timed, instant: Date | number): boolean {
  return hasCome(view, Number(instant) + 1);
}

/** For what moves with time by itself: an answer may be another from this instant on, though not before the next. */
export function noteTurn({ now, turn }: Timed, at: number): void {
  if (turn !== undefined) turn.at = Math.min(turn.at, Math.max(at, now.getTime() + 1));
}
