const BLOCK = /\.(\d+)\./;

/** Numbers as `0-2,5`. */
function ranges(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join();
}

/** Parameter names for people, `blocks.{0-11}.norm1.bias` standing for those of twelve blocks. */
export function listNames(names: readonly string[]): string {
  const groups = new Map<string, number[]>();
  for (const name of names) {
    const key = name.replace(BLOCK, '.{}.');
    const block = BLOCK.exec(name)?.[1];
    groups.set(key, [...(groups.get(key) ?? []), ...(block ? [Number(block)] : [])]);
  }
  const spell = (key: string, blocks: number[]) =>
    key.replace('{}', blocks.length > 1 ? `{${ranges(blocks)}}` : String(blocks[0]));
  return [...groups].map(([key, blocks]) => (blocks.length > 0 ? spell(key, blocks) : key)).join(', ');
}
