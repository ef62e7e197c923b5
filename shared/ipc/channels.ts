/** The two channels of Holdfast; nothing else crosses between the window and main. */
export const REQUEST_CHANNEL = 'holdfast:request';
export const EVENT_CHANNEL = 'holdfast:event';
