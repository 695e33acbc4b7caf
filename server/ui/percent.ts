/** A probability as people read it; what is not quite sure never reads as 0 or 100. */
export function percent(probability: number): string {
  const value = 100 * probability;
  if (value > 0 && value < 0.1) return '< 0.1 %';
  return `${value > 99.9 && value < 100 ? '> 99.9' : value.toFixed(1)} %`;
}
