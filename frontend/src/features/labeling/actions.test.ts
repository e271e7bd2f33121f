import { describe, expect, it } from "vitest";
import { ACTIONS, actionById, actionFor, type ActionContext } from "./actions";
import { newBoard, reduceBoard, tiersOf, type Board } from "./board";

function press(key: string, init: KeyboardEventInit = {}, target?: Element): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, ...init });
  (target ?? document.body).dispatchEvent(event);
  return event;
}

/** A labeler at the keyboard: presses go through the list like on the page. */
function typist(ids: string[], allowTies = true) {
  let board: Board = newBoard(ids, allowTies);
  let submitted: string[][] | undefined;
  const type = (...keys: string[]) => {
    for (const key of keys) {
      const context: ActionContext = {
        board,
        canSubmit: tiersOf(board).length > 0,
        dispatch: (action) => {
          board = reduceBoard(board, action);
        },
        submit: () => {
          submitted = tiersOf(board);
        },
        open: () => undefined,
        togglePrompt: () => undefined,
        toggleRaw: () => undefined,
      };
      const action = actionFor(press(key));
      if (action?.enabled(context)) action.run(context);
    }
  };
  return { type, order: () => tiersOf(board), submitted: () => submitted };
}

describe("the action list", () => {
  it("gives no key to two actions", () => {
    const keys = ACTIONS.flatMap((action) => action.keys);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("ranks five answers with ties in six presses", () => {
    const labeler = typist(["a", "b", "c", "d", "e"]);
    labeler.type("2", "1", "2", "3", "1", "Enter");
    expect(labeler.submitted()).toEqual([["b", "e"], ["a", "c"], ["d"]]);
  });

  it("submits nothing while nothing is placed", () => {
    const labeler = typist(["a", "b"]);
    labeler.type("Enter");
    expect(labeler.submitted()).toBeUndefined();
  });

  it("corrects with arrows, tie, tray and undo", () => {
    const labeler = typist(["a", "b", "c"]);
    labeler.type("1", "2", "3", "k", "ArrowUp");
    expect(labeler.order()).toEqual([["a", "b"], ["c"]]);
    labeler.type("u", "j", "=");
    expect(labeler.order()).toEqual([["a"], ["b", "c"]]);
    labeler.type("0");
    expect(labeler.order()).toEqual([["a"], ["b"]]);
  });

  it("offers no tier beyond the number of answers", () => {
    const labeler = typist(["a", "b", "c"]);
    labeler.type("4", "9");
    expect(labeler.order()).toEqual([]);
  });
});

describe("keys are silent", () => {
  it("while an input method composes", () => {
    expect(actionFor(press("1", { isComposing: true }))).toBeUndefined();
    expect(actionFor(press("Process", { keyCode: 229 } as KeyboardEventInit))).toBeUndefined();
  });

  it("in text fields", () => {
    const field = document.body.appendChild(document.createElement("textarea"));
    let found: unknown = "untouched";
    field.addEventListener("keydown", (event) => {
      found = actionFor(event);
    });
    press("1", {}, field);
    expect(found).toBeUndefined();
  });

  it("with a modifier", () => {
    expect(actionFor(press("s", { ctrlKey: true }))).toBeUndefined();
    expect(actionFor(press("1", { altKey: true }))).toBeUndefined();
    expect(actionFor(press("r", { metaKey: true }))).toBeUndefined();
  });

  it("when Enter belongs to the button in focus", () => {
    const button = document.body.appendChild(document.createElement("button"));
    const found: (string | undefined)[] = [];
    button.addEventListener("keydown", (event) => found.push(actionFor(event)?.id));
    press("Enter", {}, button);
    press("2", {}, button);
    expect(found).toEqual([undefined, "lane-2"]);
  });
});

describe("keyboard layouts", () => {
  it("place by the digit key also where digits need Shift", () => {
    expect(actionFor(press("&", { code: "Digit1" }))?.id).toBe("lane-1");
    expect(actionFor(press("1", { code: "Digit1", shiftKey: true }))?.id).toBe("lane-1");
    expect(actionFor(press("7", { code: "Numpad7" }))?.id).toBe("lane-7");
  });

  it("do not mind capitals", () => {
    expect(actionFor(press("J", { shiftKey: true }))?.id).toBe("next");
    expect(actionById("help").keys).toContain("?");
  });
});
