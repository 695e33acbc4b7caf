/** Which of `count` are masked when about a share of them is drawn; at least one. */
export function drawMask(count: number, share: number, random: () => number): Set<number> {
  const drawn = Array.from({ length: count }, (_, index) => ({ index, order: random() }));
  drawn.sort((a, b) => a.order - b.order);
  return new Set(drawn.slice(0, Math.max(1, Math.round(share * count))).map(({ index }) => index));
}

/** The mask with one more, or one less. */
export function switched(mask: ReadonlySet<number>, index: number, masked: boolean): Set<number> {
  const next = new Set(mask);
  if (masked) next.add(index);
  else next.delete(index);
  return next;
}
