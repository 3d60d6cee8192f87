import { z } from 'zod';
import { CostFigure, EnergyFigure } from '../domain/ledger.ts';
import { ENGINES, OUTCOMES } from '../domain/words.ts';
import type { AccountedRun } from './port.ts';

const instant = z.string().transform((text) => new Date(text));

/** Ended runs that the ledger has not seen, as facts. */
export const LedgerInputRows = z.object({
  revision: z.number(),
  more: z.boolean(),
  runs: z.array(
    z.object({
      revision: z.number(),
      runId: z.string(),
      runDay: z.string(),
      engine: z.enum(ENGINES),
      policyId: z.string().nullable(),
      namespace: z.string(),
      name: z.string(),
      startedAt: instant,
      endedAt: instant,
      outcome: z.enum(OUTCOMES),
      logicalBytes: z.number().nullable(),
      addedBytes: z.number().nullable(),
      storedBytes: z.number().nullable(),
      expiresAt: instant.nullable(),
      known: z.object({ energy: EnergyFigure, cost: CostFigure }).nullable(),
    }),
  ),
});

/** Decimals that the store keeps of each figure: the same entry written twice is the same. */
const DECIMALS = { joules: 3, amount: 10, grams: 6 } as const;

/** The entries as they are sent: rounded as the store keeps them; of two of one run the last. */
export function toLedgerRows(entries: readonly AccountedRun[]): AccountedRun[] {
  const byRun = new Map(entries.map((entry) => [entry.runId, entry]));
  return [...byRun.values()].map(({ energy, cost, carbon, ...run }) => ({
    ...run,
    energy: {
      ...energy,
      joules: rounded(energy.joules, DECIMALS.joules),
      idleJoules: rounded(energy.idleJoules, DECIMALS.joules),
    },
    cost: { ...cost, amount: rounded(cost.amount, DECIMALS.amount) },
    carbon: { ...carbon, grams: rounded(carbon.grams, DECIMALS.grams) },
  }));
}

function rounded(value: number | null, decimals: number): number | null {
  return value === null ? null : Number(value.toFixed(decimals));
}
