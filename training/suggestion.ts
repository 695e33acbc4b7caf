import { distance } from 'fastest-levenshtein';

/** ` (did you mean "x"?)` when a known name lies within a third of its letters, compared without case and underscores. */
export function suggestion(
  name: string,
  known: readonly string[],
  spelling = (candidate: string) => candidate,
): string {
  const plain = (word: string) => word.toLowerCase().replaceAll(/[_-]/g, '');
  const ranked = known
    .map((candidate) => ({ candidate, far: distance(plain(name), plain(candidate)) }))
    .sort((a, b) => a.far - b.far);
  const best = ranked[0];
  if (!best || best.far > Math.max(2, Math.ceil(best.candidate.length / 3))) return '';
  return ` (did you mean "${spelling(best.candidate)}"?)`;
}
