/** The reliability table as it comes back from SQL, which knows bins by number alone. */
import { PROBABILITY_EDGES } from '../domain/forecast.ts';
import { ForecastCalibration } from '../domain/views.ts';

const Bin = ForecastCalibration.shape.bins.element;

export const CalibrationRows = ForecastCalibration.omit({ bins: true }).extend({
  bins: Bin.omit({ from: true, to: true })
    .transform((row) => ({
      ...row,
      from: PROBABILITY_EDGES[row.bin - 1] ?? 0,
      to: PROBABILITY_EDGES[row.bin] ?? 1,
    }))
    .array(),
});
