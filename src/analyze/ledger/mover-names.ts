import type { RunFact } from '../../domain/facts.ts';

/** The end that Kubernetes gives a pod's or an object's name. */
const SUFFIX = '[a-z0-9]{5}';
/** How VolSync's movers begin, by method. */
const VOLSYNC = 'volsync-(rsync-tls-|rsync-|rclone-)?src-';

/**
 * The names of the pods that move a run's data, as an anchored pattern without flags that RE2 takes too; null when
 * the engine moves it in pods that live longer than a run, or names them in a way we do not know.
 */
export function moverPattern({ engine, name }: Pick<RunFact, 'engine' | 'name'>): string | null {
  switch (engine) {
    case 'volsync':
      return `${VOLSYNC}${madeFrom(name, LONGEST - 'volsync-src-'.length)}`;
    // A data mover's pod is named as its DataUpload or PodVolumeBackup.
    case 'velero':
    case 'cronjob':
    case 'kopiur':
      return madeFrom(name, LONGEST);
    case 'k8up':
      return madeFrom(`backup-${name}`, LONGEST, '[0-9]+-');
    default:
      return null;
  }
}

/** Kubernetes cuts a name before it gives it an end of its own; two less for a number that goes before that end. */
const LONGEST = 56;

function madeFrom(name: string, most: number, between = ''): string {
  const cut = name.length >= most;
  return cut
    ? `${escapePattern(name.slice(0, most))}[a-z0-9-]*`
    : `${escapePattern(name)}-${between}${SUFFIX}`;
}

/** As `moverPattern`, for all runs of an engine that names its movers alike: a question does not grow with the claims. */
export function moverPatternOfMany(run: Pick<RunFact, 'engine' | 'name'>): string | null {
  return run.engine === 'volsync' ? `${VOLSYNC}.+` : moverPattern(run);
}

/** The pods, one a node, that move the data of many runs of this engine at once; null: it has none. */
export function agentPattern(run: Pick<RunFact, 'engine'>): string | null {
  return run.engine === 'velero' ? `(node-agent|restic)-${SUFFIX}` : null;
}

function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
