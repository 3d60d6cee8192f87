import { uuidOf } from '../home/random.ts';

/** What Kubernetes keeps of a name before it gives it an end of its own. */
const LONGEST = 58;

/** The name of a Job's pod, or of any whose name is generated. */
export function moverPodName(base: string, startedAt: number): string {
  return `${base.slice(0, LONGEST)}-${uuidOf('pod', base, startedAt).slice(0, 5)}`;
}
