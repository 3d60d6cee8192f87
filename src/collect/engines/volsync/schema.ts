import { z } from 'zod';
import { flag, instant, metadata, text } from '../../loose-fields.ts';

const mover = z
  .object({
    repository: text,
    rcloneConfig: text,
    keySecret: text,
    sshKeys: text,
    destinationPVC: text,
    provider: text,
    retain: z.record(z.string(), z.union([z.number(), z.string()])).nullish(),
  })
  .nullish();

/** Names of the mover blocks; exactly one stands in a spec. `kopia` is the fork's. */
export const MOVERS = [
  'restic',
  'kopia',
  'rclone',
  'rsyncTLS',
  'rsync',
  'syncthing',
  'external',
] as const;
export type Mover = (typeof MOVERS)[number];

const status = z
  .object({
    lastSyncTime: instant,
    lastSyncStartTime: instant,
    lastSyncDuration: text,
    latestMoverStatus: z.object({ result: text, logs: text }).nullish(),
    latestImage: z.object({ kind: text, name: text }).nullish(),
    conditions: z
      .array(
        z
          .object({
            type: text,
            status: text,
            reason: text,
            message: text,
            lastTransitionTime: instant,
          })
          .optional(),
      )
      .nullish(),
  })
  .nullish();

/** What we need of a ReplicationSource or ReplicationDestination; everything else is ignored. */
export const VolsyncObject = z.object({
  metadata,
  spec: z
    .object({
      sourcePVC: text,
      paused: flag,
      trigger: z.object({ schedule: text, manual: text }).nullish(),
      ...(Object.fromEntries(MOVERS.map((name) => [name, mover])) as Record<Mover, typeof mover>),
    })
    .nullish(),
  status,
});
export type VolsyncObject = z.output<typeof VolsyncObject>;

/** What the reader remembers of a ReplicationSource between two readings. */
export const Memory = z.object({
  uid: z.string(),
  /** The successful sync already told, ISO. */
  lastSyncTime: z.string().nullable(),
  /** The last success that moved data, ISO. */
  goodAt: z.string().nullable(),
  /** The run that has not ended yet. */
  running: z.object({ runId: z.string(), startedAt: z.string() }).nullable(),
  /** Failed tries of the current run that were told, and the mark of the last one. */
  attempts: z.number(),
  failureMark: z.string().nullable(),
  /** Snapshots saved by failed tries of the current run. */
  saved: z.number(),
});
export type Memory = z.infer<typeof Memory>;
