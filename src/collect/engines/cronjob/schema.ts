import { z } from 'zod';
import { count, flag, instant, metadata, text } from '../../loose-fields.ts';

/** Fields of `batch/v1` that we read; of the pods only which claims they mount, and how. */

const owned = metadata.extend({
  ownerReferences: z.array(z.object({ kind: text, name: text, controller: flag })).nullish(),
});

const container = z.object({
  volumeMounts: z.array(z.object({ name: text, readOnly: flag })).nullish(),
});

const template = z.object({
  spec: z
    .object({
      volumes: z
        .array(
          z.object({
            name: text,
            persistentVolumeClaim: z.object({ claimName: text, readOnly: flag }).nullish(),
          }),
        )
        .nullish(),
      containers: z.array(container).nullish(),
      initContainers: z.array(container).nullish(),
    })
    .nullish(),
});
export type Template = z.output<typeof template>;

export const CronJob = z.object({
  metadata: owned,
  spec: z
    .object({
      schedule: text,
      timeZone: text,
      suspend: flag,
      jobTemplate: z
        .object({ spec: z.object({ template: template.nullish() }).nullish() })
        .nullish(),
    })
    .nullish(),
  status: z.object({ lastSuccessfulTime: instant }).nullish(),
});
export type CronJob = z.output<typeof CronJob>;

export const Job = z.object({
  metadata: owned,
  spec: z.object({ backoffLimit: count, template: template.nullish() }).nullish(),
  status: z
    .object({
      startTime: instant,
      completionTime: instant,
      failed: count,
      conditions: z
        .array(
          z.object({
            type: text,
            status: text,
            reason: text,
            message: text,
            lastTransitionTime: instant,
          }),
        )
        .nullish(),
    })
    .nullish(),
});
export type Job = z.output<typeof Job>;

/** Either kind, when only its identity matters. */
export const Identified = z.object({ metadata: owned });
export type Identified = z.output<typeof Identified>;
