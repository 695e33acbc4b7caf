import type { Model } from '../api.js';
import type { TaskName } from '../task-name.js';
import { createAskPanel } from './ask-panel.js';
import { createCheckPanel } from './check-panel.js';
import { createClassifyPanel } from './classify-panel.js';
import { createComparePanel } from './compare-panel.js';
import { createLookPanel } from './look-panel.js';
import type { Panel, PanelContext } from './panel.js';
import { createRestorePanel } from './restore-panel.js';

interface Task {
  label: string;
  title: string;
  /** What a model must offer; nothing where only the answer tells. */
  needs?: Model['tasks'][number];
  notOffered: string;
  create(context: PanelContext, notOffered: string): Panel;
}

/** Everything that can be done with a picture. */
export const TASKS: Record<TaskName, Task> = {
  ask: {
    label: 'Ask',
    title: 'Ask a question about the picture',
    needs: 'vqa',
    notOffered: 'None of the models that this server has loaded answers questions.',
    create: createAskPanel,
  },
  check: {
    label: 'Check',
    title: 'Check a statement against the picture',
    needs: 've',
    notOffered: 'None of the models that this server has loaded checks statements.',
    create: createCheckPanel,
  },
  compare: {
    label: 'Compare',
    title: 'Compare with another picture',
    needs: 'nlvr2',
    notOffered: 'None of the models that this server has loaded compares two pictures.',
    create: createComparePanel,
  },
  classify: {
    label: 'Classify',
    title: 'Classify with your own labels',
    needs: 'classify',
    notOffered: 'None of the models that this server has loaded classifies pictures.',
    create: createClassifyPanel,
  },
  look: {
    label: 'Look',
    title: 'See which part of the picture a word looks at',
    notOffered: 'None of the models that this server has loaded can show what its words look at.',
    create: createLookPanel,
  },
  restore: {
    label: 'Restore',
    title: 'Mask words or patches and watch them restored',
    needs: 'reconstruct',
    notOffered: 'None of the models that this server has loaded restores masked words and patches.',
    create: createRestorePanel,
  },
};

/** Whether some loaded model does the task, as far as the models tell. */
export function isOffered({ needs }: Task, models: readonly Model[]): boolean {
  return !needs || models.some(({ tasks }) => tasks.includes(needs));
}
