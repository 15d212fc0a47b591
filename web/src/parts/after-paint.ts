/**
 * Does what takes the browser a while once it has shown that it heard: the pressed link or key is painted first, and the person's
 * next input need not wait for it.
 */
export const afterPaint = (act: () => void) => requestAnimationFrame(() => setTimeout(act))
