import { idOf } from '../../domain/id.ts';

/** What stands for a long text in a job's state, where only a change of it matters. */
export function stateKey(text: string): string {
  return text === '' ? '' : idOf('state', text);
}
