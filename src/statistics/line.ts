export interface Line {
  intercept: number;
  slope: number;
  /** Share of the variance the line explains, 0..1. */
  explained: number;
}

/** Least squares through the points; null when fewer than three or all at one x. */
export function fitLine(points: readonly { x: number; y: number }[]): Line | null {
  const n = points.length;
  if (n < 3) return null;
  const meanX = points.reduce((sum, point) => sum + point.x, 0) / n;
  const meanY = points.reduce((sum, point) => sum + point.y, 0) / n;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (const { x, y } of points) {
    xx += (x - meanX) ** 2;
    xy += (x - meanX) * (y - meanY);
    yy += (y - meanY) ** 2;
  }
  if (xx < 1e-12) return null;
  const slope = xy / xx;
  const explained = yy < 1e-12 ? 0 : xy ** 2 / (xx * yy);
  return { intercept: meanY - slope * meanX, slope, explained };
}
