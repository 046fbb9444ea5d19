/** What the events on the bus say of where they come from and what they are: rules match on both. */
export const EVENT_SOURCE_NAME = 'weir';
export const WINDOW_CLOSED = 'window.closed';
