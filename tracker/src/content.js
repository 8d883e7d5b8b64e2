// Content that was really in front of somebody: half of it, or of the window, for a second.

const LONG_ENOUGH = 1000;
const PART = 0.5;
// Close enough together that a block many windows tall is noticed too.
const STEPS = [];
for (let step = 1; step > 0.002; step /= 1.3) {
  STEPS.push(step);
}

// Block → stops watching it.
let watched = new Map();

/** Watch blocks that are not watched yet; `seen` is told each, and says whether it was news. */
export function watch(blocks, seen) {
  for (const block of blocks) {
    watched.has(block) || watched.set(block, watchOne(block, seen));
  }
}

/** Begin anew: every block may be seen once more. */
export function unwatch() {
  watched.forEach((stop) => stop());
  watched = new Map();
}

function watchOne(block, seen) {
  let timer;
  const stop = () => {
    clearTimeout(timer);
    observer.disconnect();
    document.removeEventListener("visibilitychange", again);
  };
  const observer = new IntersectionObserver(
    (changes) => {
      const { intersectionRatio, intersectionRect, rootBounds } = changes[changes.length - 1];
      const half = (rootBounds ? rootBounds.height : innerHeight) * PART;
      clearTimeout(timer);
      if (intersectionRatio >= PART || (intersectionRatio > 0 && intersectionRect.height >= half)) {
        timer = setTimeout(() => (stop(), seen(block.dataset)), LONG_ENOUGH);
      }
    },
    { threshold: STEPS },
  );
  // In a hidden tab nobody reads; when it is shown, the second begins anew.
  const again = () => {
    clearTimeout(timer);
    observer.unobserve(block);
    document.hidden || observer.observe(block);
  };
  document.addEventListener("visibilitychange", again);
  again();
  return stop;
}
