import { z } from 'zod';
import { flag, instant, metadata, text } from '../../loose-fields.ts';
import { parseBytes } from '../../kubernetes/quantity.ts';

const quantity = z
  .union([z.string(), z.number()])
  .refine((value) => parseBytes(value) !== null, 'no quantity')
  .transform(parseBytes)
  .nullish();

export const VolumeSnapshot = z.object({
  metadata,
  spec: z.object({ source: z.object({ persistentVolumeClaimName: text }).nullish() }).nullish(),
  status: z
    .object({
      creationTime: instant,
      readyToUse: flag,
      restoreSize: quantity,
      error: z.object({ message: text }).nullish(),
    })
    .nullish(),
});
export type VolumeSnapshot = z.output<typeof VolumeSnapshot>;

/** The storage's side of a snapshot; cluster-scoped. */
export const SnapshotContent = z.object({
  spec: z.object({ volumeSnapshotRef: z.object({ uid: text }).nullish() }).nullish(),
  status: z.object({ error: z.object({ message: text }).nullish() }).nullish(),
});
export type SnapshotContent = z.output<typeof SnapshotContent>;
