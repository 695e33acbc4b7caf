import { element } from '../element.js';
import { isTask, TASK_NAMES, type TaskName } from '../task-name.js';
import type { Panel, PanelContext } from './panel.js';
import { createTabs } from './tabs.js';
import { createNotOffered } from './task-form.js';
import { isOffered, TASKS } from './tasks.js';

export interface Workbench {
  parts: HTMLElement[];
  show(task: TaskName): void;
  focus(): void;
}

const PANEL_ID = 'task-panel';

/** The panels of one picture, each made when it is first wanted and kept from then on. */
export function createWorkbench(context: PanelContext, onTask: (task: TaskName) => void): Workbench {
  const { models, stage } = context;
  const place = element('div', { id: PANEL_ID, class: 'task-panel', role: 'tabpanel' });
  const names = TASK_NAMES.map((name) => {
    const { label, title } = TASKS[name];
    return { name, label, title, offered: isOffered(TASKS[name], models) };
  });
  const tabs = createTabs('What to do with this picture', PANEL_ID, names, (name) => {
    if (isTask(name)) onTask(name);
  });
  const panels = new Map<TaskName, Panel>();
  const panelOf = (name: TaskName): Panel => {
    const task = TASKS[name];
    const made =
      panels.get(name) ??
      (isOffered(task, models)
        ? task.create(context, task.notOffered)
        : { element: createNotOffered(task.notOffered) });
    panels.set(name, made);
    return made;
  };
  let front: Panel | undefined;
  return {
    parts: [tabs.element, place],
    focus: tabs.focus,
    show(name) {
      const panel = panelOf(name);
      tabs.show(name);
      place.setAttribute('aria-labelledby', `tab-${name}`);
      if (panel === front) return;
      front?.back?.();
      stage.cover();
      front = panel;
      place.replaceChildren(element('h3', { class: 'task-title' }, TASKS[name].title), panel.element);
      panel.front?.();
    },
  };
}
