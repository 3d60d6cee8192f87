/**
 * What a run used, cost and emitted. Joules, grams CO2e, and money as a number of its ISO 4217 currency. Null is
 * unknown, or unpriced: never zero. Every figure says by which method, from which source and year, and how good it is.
 */
import { z } from 'zod';

/**
 * `measured`: a meter saw at least 80 % of the pod's life and its end. `partial`: at least half of it. `modelled`: from
 * CPU time, bytes or list prices by a formula. `default`: a constant stands where a figure of this run should.
 */
export const QUALITIES = ['measured', 'partial', 'modelled', 'default'] as const;
export type Quality = (typeof QUALITIES)[number];

/** What a figure is made of. */
export const LEDGER_PARTS = ['compute', 'network', 'storage', 'requests'] as const;
export type LedgerPart = (typeof LEDGER_PARTS)[number];

const Part = z.enum(LEDGER_PARTS);
const Grade = z.enum(QUALITIES);
const basis = {
  method: z.string().describe('Name and version of the formula.'),
  source: z.string().describe('Where its factors or prices come from.'),
  factorYear: z.number().nullable().describe('Year of the factors; null: measured, or not told.'),
  quality: Grade,
};

/** One addend of a figure. */
export const FigurePart = z.object({ part: Part, value: z.number(), ...basis });
export type FigurePart = z.infer<typeof FigurePart>;

export const EnergyFigure = z.object({
  joules: z.number().nullable().describe('J; active energy of the mover’s pods. Null: unknown.'),
  idleJoules: z
    .number()
    .nullable()
    .describe('J; idle energy booked to those pods, by meters that tell it. Never part of joules.'),
  method: z.string().nullable(),
  source: z.string().nullable(),
  factorYear: z.number().nullable(),
  quality: Grade.nullable().describe('Null: unknown.'),
  zones: z.array(z.string()).describe('What the meter covers: package, dram, psys, total.'),
  coverage: z.number().nullable().describe('0..1; part of the pods’ lives the meter saw.'),
  lowerBound: z.boolean().describe('A counter began again, so some energy was not seen.'),
  note: z.string().nullable().describe('Why it is not measured, or not known.'),
});
export type EnergyFigure = z.infer<typeof EnergyFigure>;

export const CostFigure = z.object({
  amount: z.number().nullable().describe('Null: unpriced.'),
  currency: z.string().nullable().describe('ISO 4217; null: unpriced.'),
  quality: Grade.nullable(),
  parts: z.array(FigurePart).describe('In the currency; their sum is the amount.'),
  missing: z.array(Part).describe('Parts that could not be priced.'),
});
export type CostFigure = z.infer<typeof CostFigure>;

export const CarbonFigure = z.object({
  grams: z.number().nullable().describe('gCO2e, operational, location-based. Null: unknown.'),
  kilowattHours: z.number().nullable().describe('kWh behind it, data-centre overhead included.'),
  gramsPerKilowattHour: z.number().describe('The grid’s factor.'),
  place: z.string().describe('Whose grid.'),
  pue: z.number().describe('Data-centre overhead, applied once.'),
  quality: Grade.nullable(),
  source: z.string(),
  factorYear: z.number(),
  parts: z.array(FigurePart).describe('In gCO2e; their sum is grams.'),
  missing: z.array(Part).describe('Parts whose energy is not known.'),
});
export type CarbonFigure = z.infer<typeof CarbonFigure>;

/** The ledger's entry of one run. */
export interface RunLedger {
  runId: string;
  runDay: string;
  energy: EnergyFigure;
  cost: CostFigure;
  carbon: CarbonFigure;
}

/** The worst grade of several: a sum is as good as its weakest addend. */
export function weakest(qualities: readonly Quality[]): Quality | null {
  const worst = Math.max(...qualities.map((quality) => QUALITIES.indexOf(quality)));
  return QUALITIES[worst] ?? null;
}
