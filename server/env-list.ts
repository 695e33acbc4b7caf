/** The entries of an environment variable that names several things, with commas between them. */
export function envList(text = ''): string[] {
  const entries = text.split(',').map((entry) => entry.trim());
  return entries.filter((entry) => entry !== '');
}
