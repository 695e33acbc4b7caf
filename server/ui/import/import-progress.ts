import { element } from '../element.js';
import type { Outcome } from './send-files.js';

export interface ImportProgress {
  element: HTMLElement;
  begin(count: number): void;
  add(outcomes: Outcome[]): void;
  /** How it ended; `problem` stopped it before all files were sent. */
  end(problem?: string): void;
}

const files = (count: number): string => (count === 1 ? '1 file' : `${count} files`);

/** How far an import is, and which files were refused and why. */
export function createImportProgress(): ImportProgress {
  const bar = element('progress', { 'aria-label': 'Import', value: 0, max: 1 });
  const said = element('p', { class: 'import-said', role: 'status', 'aria-live': 'polite' });
  const problem = element('p', { class: 'problem', role: 'alert' });
  const refused = element('ul', { class: 'refused', 'aria-label': 'Refused files' });
  const whole = element('div', { class: 'import-progress', hidden: true }, bar, said, problem, refused);
  let [all, done, failed] = [0, 0, 0];
  const say = (end: string): void => {
    bar.value = done;
    const wrong = failed > 0 ? `, ${failed} refused` : '';
    said.textContent = `${end}${done - failed} of ${files(all)} imported${wrong}`;
  };
  return {
    element: whole,
    begin(count) {
      [all, done, failed] = [count, 0, 0];
      bar.max = count;
      problem.textContent = '';
      refused.replaceChildren();
      whole.hidden = false;
      say('');
    },
    add(outcomes) {
      done += outcomes.length;
      const wrong = outcomes.filter(({ error }) => error !== undefined);
      failed += wrong.length;
      refused.append(...wrong.map(({ file, error }) => element('li', {}, element('b', {}, file.name), ` ${error}`)));
      say('');
    },
    end(message) {
      problem.textContent = message ?? '';
      say(message ? 'Stopped: ' : 'Done: ');
    },
  };
}
