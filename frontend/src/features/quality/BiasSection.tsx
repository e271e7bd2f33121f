import { Nothing, Section } from "@/features/console/parts";
import type { Body, Effect } from "./api";
import { Interval } from "./Interval";
import styles from "./quality.module.css";
import { isClear, useFigures } from "./words";

/** What beside its content makes an answer win, in sentences with a forest plot. */
export function BiasSection({ body }: { body: Body }) {
  const { t, count } = useFigures();
  const effects = body.style?.effects ?? [];
  const widest = Math.max(10, ...effects.flatMap((each) => each.interval.map(Math.abs)));
  return (
    <Section title={t("quality.bias.title")}>
      {body.style === null || effects.length === 0 ? (
        <Nothing>{t("quality.bias.none")}</Nothing>
      ) : (
        <>
          <p className={styles.small}>
            {t("quality.bias.lead", { count: body.style.pairs, shown: count(body.style.pairs) })}
          </p>
          <ul className={styles.effects}>
            {effects.map((effect) => (
              <EffectRow key={effect.name} effect={effect} reach={widest} />
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}

function EffectRow({ effect, reach }: { effect: Effect; reach: number }) {
  const { t, points, between, signed } = useFigures();
  const direction = effect.points >= 0 ? "more" : "less";
  const sentence = t(`quality.bias.${direction}`, {
    what: t(`quality.bias.what.${effect.name}`),
    points: points(effect.points),
  });
  const ends = between(effect.interval, signed);
  return (
    <li>
      <p>
        {sentence} <span className={styles.number}>{ends}</span>
        {!isClear(effect.interval) && <span className={styles.unclear}> {t("quality.bias.unclear")}</span>}
      </p>
      <Interval value={effect.points} ends={effect.interval} from={-reach} to={reach} mark={0} label={`${sentence} ${ends}`} />
    </li>
  );
}
