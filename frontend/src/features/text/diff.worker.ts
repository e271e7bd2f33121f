/** Compares two texts away from the page. */

import { difference, type Part } from "./diff";

export interface Question {
  left: string;
  right: string;
}

self.onmessage = (event: MessageEvent<Question>) => {
  const { left, right } = event.data;
  self.postMessage(difference(left, right) satisfies Part[]);
};
