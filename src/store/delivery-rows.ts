/** Deliveries and incidents as they come back from SQL. */
import { z } from 'zod';
import { incidentSentence } from '../domain/incident-words.ts';
import { Incident } from '../domain/views.ts';
import { FINDING_KINDS, SEVERITIES, SHARED_TRAITS } from '../domain/words.ts';

const text = z.string();
const number = z.number();
const SharedThing = z.object({ value: text, clusterId: text.nullable() });
const instant = z.iso.datetime().transform((at) => new Date(at));
const pairs = z.array(z.tuple([number, number]));

export const DeliveryWorkRows = z.object({
  revision: number,
  desk: text.nullable(),
  jobs: number,
  due: z.array(
    z.object({
      findingId: text,
      fingerprint: text,
      clusterId: text,
      jobId: text.nullable(),
      raisedAt: instant,
      firstContact: z.boolean(),
      tests: number,
      // What an earlier version left waiting does not tell this and the last two: most of it are runs that failed.
      kind: z.enum(FINDING_KINDS).default('failed-run'),
      severity: z.enum(SEVERITIES),
      probability: number.nullable(),
      factor: number.nullable(),
      traits: z.partialRecord(z.enum(SHARED_TRAITS), SharedThing),
      didWell: z
        .partialRecord(z.enum(SHARED_TRAITS), z.tuple([number, number, number]))
        .default({}),
      lastWellAt: instant.nullable().default(null),
    }),
  ),
  sizes: z.array(SharedThing.extend({ trait: z.enum(SHARED_TRAITS), jobs: number })),
  tested: pairs,
});

export const IncidentRow = Incident.omit({ sentence: true }).transform((row) => ({
  ...row,
  sentence: incidentSentence(row),
}));
