/** A point of a curve: step and value. */
export type Point = readonly [x: number, y: number];

/** At most `limit` points that follow a longer curve: means over runs of neighbours. */
export function thin(points: readonly Point[], limit: number): readonly Point[] {
  if (points.length <= limit) return points;
  return Array.from({ length: limit }, (_, i) => {
    const part = points.slice(Math.floor((i * points.length) / limit), Math.floor(((i + 1) * points.length) / limit));
    const mean = (axis: 0 | 1) => part.reduce((sum, point) => sum + point[axis], 0) / part.length;
    return [mean(0), mean(1)] as const;
  });
}

/**
 * A curve smoothed by an exponential moving average that forgets over `span` points: s_t = sum of (1 - 1/span)^(t-i) y_i, divided by the
 * sum of the weights, so that it begins at the first value.
 */
export function smooth(points: readonly Point[], span: number): Point[] {
  const keep = 1 - 1 / Math.max(1, span);
  let [sum, weight] = [0, 0];
  return points.map(([x, y]) => {
    sum = sum * keep + y;
    weight = weight * keep + 1;
    return [x, sum / weight] as const;
  });
}
