import type { Dialect } from './recurrence.ts';
import { readRobfig } from './robfig.ts';

const DESCRIPTORS = ['@hourly', '@daily', '@weekly', '@monthly', '@yearly', '@annually'];

/** VolSync's trigger: what its definition's pattern lets through, in the controller's time zone. */
export const readVolsync: Dialect = (expression, timeZone) =>
  readRobfig(expression, timeZone, { descriptors: DESCRIPTORS, names: false });
