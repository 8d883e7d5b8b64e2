/** The outcome of a function, undefined if it throws: tracking never breaks the page it is on. */
export function attempt(action) {
  try {
    return action();
  } catch (error) {
    console.debug("rapport:", error);
  }
}
