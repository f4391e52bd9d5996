// The server's events, with a reconnection that backs off and says whether the server is there.

/**
 * Follows the server's events. A server that is there but refuses one more listener is `online`, and
 * `poll` is called now and then instead.
 * @param {Record<string, (data: any) => void>} handlers By event name.
 * @param {(state: 'online'|'offline') => void} onState
 * @param {() => void} poll
 * @returns {{close: () => void, retry: () => void}}
 */
export function listen(handlers, onState, poll) {
  const first = 1000;
  const longest = 15_000;
  let wait = first;
  let closed = false;
  let timer = 0;
  /** @type {EventSource|null} */
  let source = null;

  const open = () => {
    clearTimeout(timer);
    source?.close();
    source = new EventSource('/api/v1/events');
    source.addEventListener('open', () => {
      wait = first;
      onState('online');
    });
    source.addEventListener('error', () => {
      source?.close();
      if (closed) return;
      fetch('/healthz').then(({ ok }) => {
        if (source?.readyState === EventSource.OPEN) return;
        onState(ok ? 'online' : 'offline');
        if (ok) poll();
      }, () => onState('offline'));
      timer = setTimeout(open, wait);
      wait = Math.min(longest, wait * 1.7);
    });
    for (const [name, handler] of Object.entries(handlers)) {
      source.addEventListener(name, (event) => {
        try {
          handler(JSON.parse(/** @type {MessageEvent} */ (event).data));
        } catch (error) {
          console.error(`The event "${name}" could not be understood.`, error);
        }
      });
    }
  };
  open();
  // A page that is put aside by the browser must not hold a listener of the server.
  addEventListener('pagehide', () => source?.close());
  addEventListener('pageshow', (event) => {
    if (event.persisted && !closed) open();
  });
  return {
    close: () => {
      closed = true;
      clearTimeout(timer);
      source?.close();
    },
    retry: () => {
      wait = first;
      open();
    },
  };
}
