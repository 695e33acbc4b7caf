import { element } from '../element.js';
import { ApiError } from '../send.js';

export interface TaskFormOptions<Answer> {
  fields: HTMLElement[];
  /** What the button says. */
  action: string;
  /** Said where no loaded model does this. */
  notOffered: string;
  /** Throws an error that says what is missing where the form is not ready to ask. */
  ask(signal: AbortSignal): Promise<Answer>;
  show(answer: Answer): (HTMLElement | false)[];
}

export interface TaskForm {
  element: HTMLElement;
  /** Asks as if the button had been pressed. */
  submit(): Promise<void>;
  /** Says what is missing or wrong. */
  fail(message: string): void;
}

/** One honest sentence in the place of a form that nobody could answer. */
export function createNotOffered(sentence: string): HTMLElement {
  return element('p', { class: 'not-offered' }, sentence);
}

/** A form that asks the server something and shows its answer beneath, and errors between the two. */
export function createTaskForm<Answer>({ fields, action, notOffered, ask, show }: TaskFormOptions<Answer>): TaskForm {
  const button = element('button', { type: 'submit', class: 'go' }, action);
  const problem = element('p', { class: 'problem', role: 'alert' });
  const answer = element('div', { class: 'answer', 'aria-live': 'polite' });
  const form = element('form', { class: 'task' }, ...fields, element('div', { class: 'task-go' }, button), problem);
  const whole = element('div', {}, form, answer);
  let running = new AbortController();

  async function submit(): Promise<void> {
    running.abort();
    running = new AbortController();
    const { signal } = running;
    problem.textContent = '';
    form.setAttribute('aria-busy', 'true');
    try {
      const answered = await ask(signal);
      if (!signal.aborted) {
        answer.replaceChildren(...show(answered).filter((part) => part !== false));
        // Beneath a long form it would be out of sight.
        answer.scrollIntoView({ block: 'nearest' });
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && error.status === 501) return whole.replaceChildren(createNotOffered(notOffered));
      problem.textContent = (error as Error).message;
    } finally {
      if (!signal.aborted) form.removeAttribute('aria-busy');
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void submit();
  });
  return {
    element: whole,
    submit,
    fail(message) {
      problem.textContent = message;
    },
  };
}

/** Which model it was, and whether it read everything. */
export function createNote(model: string | undefined, truncated: boolean | undefined): HTMLElement | false {
  const cut = truncated ? 'The text was longer than the model reads; its end was left out. ' : '';
  return Boolean(model || cut) && element('p', { class: 'answered' }, `${cut}${model ? `Model ${model}` : ''}`);
}
