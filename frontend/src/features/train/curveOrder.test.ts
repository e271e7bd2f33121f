import { expect, test } from "vitest";
import { byImportance, OPEN_CURVES } from "./curveOrder";

test("of a policy's thirty curves those stand open by which one judges it", () => {
  const told = [
    "approx_kl",
    "distinct_bigrams",
    "entropy",
    "evaluation_kl",
    "evaluation_score",
    "explained_variance",
    "iteration",
    "kl",
    "kl_coefficient",
    "kl_k3",
    "learning_rate",
    "policy_clip",
    "policy_loss",
    "reward_mean",
    "score_mean",
    "score_std",
    "seconds_update",
    "stop_rate",
    "tokens_mean",
  ].sort(byImportance);
  const open = told.slice(0, OPEN_CURVES);
  expect(open.slice(0, 3)).toEqual(["score_mean", "evaluation_score", "kl"]);
  for (const watched of ["entropy", "stop_rate", "tokens_mean"]) expect(open).toContain(watched);
  for (const other of ["approx_kl", "iteration", "learning_rate", "policy_loss"]) expect(open).not.toContain(other);
  expect(told.at(-1)).toBe("seconds_update");
});

test("where a stage tells few, loss and accuracy come before rates and times", () => {
  expect(["seconds", "learning_rate", "held_accuracy", "loss"].sort(byImportance)).toEqual([
    "loss",
    "held_accuracy",
    "learning_rate",
    "seconds",
  ]);
});
