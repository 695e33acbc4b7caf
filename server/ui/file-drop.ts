// Files that are dropped anywhere on the page or pasted. Whoever asked for them last gets them: a dialog before the page beneath it.

type Take = (files: File[]) => void;

const takers: Take[] = [];

/** Hands dropped and pasted files to `take` until the returned function is called. */
export function takeDrops(take: Take): () => void {
  takers.push(take);
  return () => {
    const at = takers.indexOf(take);
    if (at >= 0) takers.splice(at, 1);
  };
}

function give(data: DataTransfer | null): boolean {
  const files = [...(data?.files ?? [])];
  if (files.length > 0) takers.at(-1)?.(files);
  return files.length > 0;
}

let depth = 0;

function over(change: number): void {
  depth = Math.max(0, depth + change);
  document.body.classList.toggle('dropping', depth > 0);
}

const hasFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') ?? false;

document.addEventListener('dragenter', (event) => hasFiles(event) && over(1));
document.addEventListener('dragleave', (event) => hasFiles(event) && over(-1));
document.addEventListener('dragover', (event) => hasFiles(event) && event.preventDefault());
document.addEventListener('drop', (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  over(-depth);
  give(event.dataTransfer);
});
document.addEventListener('paste', (event) => {
  if (give(event.clipboardData)) event.preventDefault();
});
