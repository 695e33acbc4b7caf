/** Memory by name that is handed out again and again, and grows: making it anew for every run would cost more than filling it. */
export function reusedMemory<A extends Float32Array | Uint16Array>(
  Kind: new (length: number) => A,
): (name: string, length: number) => A {
  const known = new Map<string, A>();
  return (name, length) => {
    let memory = known.get(name);
    if (!memory || memory.length < length) {
      memory = new Kind(length);
      known.set(name, memory);
    }
    return memory.subarray(0, length) as A;
  };
}
