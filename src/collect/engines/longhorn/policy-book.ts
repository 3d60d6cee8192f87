import type { PolicyFact, RunFact, SelectedClaim } from '../../../domain/facts.ts';
import type { EngineContext } from '../../engine.ts';
import type { Identity } from '../../left-out.ts';
import { covers, policyFactOf, skippedRunOf } from './recurring-job.ts';
import type { RecurringJob } from './schema.ts';
import type { KnownVolume, SnapshotBook } from './volume-book.ts';

interface KnownJob {
  object: RecurringJob;
  dropped: string[];
}

/** RecurringJobs and the volumes they cover, each of which may come, change and go in any order. */
export interface PolicyBook {
  /** A volume came or went (null); gives the policies that cover it otherwise than before. */
  noteVolume(name: string, volume: KnownVolume | null, context: EngineContext): PolicyFact[];
  noteJob(job: KnownJob, context: EngineContext): PolicyFact | null;
  forgetJob(key: string): void;
  forgetGoneJobs(isGone: (job: Identity) => boolean): void;
  /** Gives the policies that cover less than before. */
  forgetGoneVolumes(isGone: (volume: Identity) => boolean, context: EngineContext): PolicyFact[];
  claimOfVolume(name: string): SelectedClaim | null;
  /**
   * FM-24: when the job has run since it was last seen here, the volumes it had no reason to take. To be asked before
   * the job is noted.
   */
  skippedBy(job: RecurringJob, at: Date, context: EngineContext): RunFact[];
}

export const jobKey = ({ metadata }: { metadata: { namespace: string; name: string } }): string =>
  `${metadata.namespace}/${metadata.name}`;

export function createPolicyBook(snapshots: SnapshotBook): PolicyBook {
  const volumes = new Map<string, KnownVolume>();
  const jobs = new Map<string, KnownJob>();

  const factOf = ({ object, dropped }: KnownJob, context: EngineContext) =>
    policyFactOf(object, dropped, volumes.values(), context);

  const noteVolume: PolicyBook['noteVolume'] = (name, volume, context) => {
    const before = volumes.get(name) ?? null;
    if (volume === null) volumes.delete(name);
    else volumes.set(name, volume);
    if (coverKey(before) === coverKey(volume)) return [];
    const touched = [...jobs.values()].filter(({ object }) =>
      [before, volume].some((one) => one !== null && covers(object, one)),
    );
    return touched.flatMap((job) => factOf(job, context) ?? []);
  };

  return {
    noteVolume,
    forgetGoneJobs(isGone) {
      for (const [key, { object }] of jobs) if (isGone(object.metadata)) jobs.delete(key);
    },
    forgetGoneVolumes(isGone, context) {
      const gone = [...volumes].filter(([, volume]) => isGone(volume));
      return gone.flatMap(([name]) => noteVolume(name, null, context));
    },
    noteJob(job, context) {
      jobs.set(jobKey(job.object), job);
      return factOf(job, context);
    },
    forgetJob: (key) => void jobs.delete(key),
    claimOfVolume: (name) => volumes.get(name)?.claim ?? null,
    skippedBy(job, at, context) {
      const before = jobs.get(jobKey(job))?.object.status?.executionCount ?? null;
      const ran = before !== null && (job.status?.executionCount ?? before) > before;
      // `backup-force-create` takes a volume all the same.
      if (!ran || job.spec?.task !== 'backup') return [];
      return [...volumes].flatMap(([name, volume]) => {
        const { claim, attached, actualBytes } = volume;
        if (claim === null || !attached || !covers(job, volume)) return [];
        return snapshots.holdsAll(name, actualBytes) ? [skippedRunOf(job, claim, at, context)] : [];
      });
    },
  };
}

/** What of a volume the policies tell. */
function coverKey(volume: KnownVolume | null): string {
  return JSON.stringify([volume?.claim, volume?.jobs, volume?.groups, volume?.target]);
}
