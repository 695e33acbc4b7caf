/** What can be done with a picture, as addresses call it. */
export const TASK_NAMES = ['ask', 'check', 'compare', 'classify', 'look', 'restore'] as const;

export type TaskName = (typeof TASK_NAMES)[number];

export function isTask(name: string | null): name is TaskName {
  return (TASK_NAMES as readonly (string | null)[]).includes(name);
}
