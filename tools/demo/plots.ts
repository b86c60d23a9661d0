/** The acts, in order: what each is called, and what it shows. */
export const PLOTS = {
  propose: { name: 'Propose', plot: 'A model that predicts late flights is proposed, gated and released.' },
  watch: {
    name: 'Watch',
    plot: 'A pull request adds a feature view; version 2 becomes live step by step, on evidence from both pods.',
  },
  revert: { name: 'Revert', plot: 'Somebody wants version 1 back: one git revert.' },
  badRelease: {
    name: 'Bad release',
    plot: 'Version 3 passes every gate and fails on live traffic. It is taken back by itself.',
  },
  leak: { name: 'Leak', plot: 'A pull request lets features see delays before anybody could know them.' },
  prove: { name: 'Prove', plot: 'Did pods serve what training sees? And does it hold for all of the data?' },
  drift: { name: 'Drift', plot: 'June is not like the winter that the live version was trained on.' },
  lineage: { name: 'Lineage', plot: 'Where did this answer come from, and what did this file touch?' },
} as const;
