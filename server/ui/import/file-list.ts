import { element } from '../element.js';

export interface FileList {
  element: HTMLElement;
  /** Takes more files; the number of those chosen. */
  add(files: Iterable<File>): number;
  take(): File[];
}

/** Where files are dropped or chosen. Any number of them; what is no picture is left for the server to refuse by name. */
export function createFileList(onChange: (count: number) => void): FileList {
  let files: File[] = [];
  const input = element('input', {
    type: 'file',
    multiple: true,
    accept: 'image/*',
    hidden: true,
    'aria-label': 'Picture files',
  });
  const said = element('span', { class: 'drop-said' }, 'Drop pictures here, or choose some');
  const zone = element(
    'button',
    { type: 'button', class: 'drop-zone', autofocus: true, onclick: () => input.click() },
    element('i', { class: 'icon' }),
    said,
  );
  const add = (more: Iterable<File>): number => {
    files = [...files, ...more];
    const [first] = files;
    if (first) said.textContent = files.length === 1 ? `1 file chosen: ${first.name}` : `${files.length} files chosen`;
    onChange(files.length);
    return files.length;
  };
  input.addEventListener('change', () => {
    add(input.files ?? []);
    input.value = '';
  });
  return {
    element: element('div', {}, zone, input),
    add,
    take() {
      const taken = files;
      files = [];
      said.textContent = 'Drop more pictures here, or choose some';
      onChange(0);
      return taken;
    },
  };
}
