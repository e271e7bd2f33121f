import { Link } from "react-router";
import { Facts, Tag } from "@/features/console/parts";
import { judgments } from "@/features/quality/links";
import { formatTime } from "@/lib/format";
import { useText } from "@/lib/i18n";
import type { Campaign } from "./api";

const TONES = {
  sampling: "busy",
  making: "busy",
  judging: "busy",
  stopped: "bad",
  done: "good",
  ended: "calm",
} as const;

/** Whether all was sampled and no prompt gave people a choice. */
export const hasNothingToJudge = ({ state, items }: Pick<Campaign, "state" | "items">) =>
  state === "done" && items === 0;

export function CampaignState({ campaign }: { campaign: Pick<Campaign, "state" | "items"> }) {
  const { t } = useText();
  if (hasNothingToJudge(campaign)) return <Tag>{t("judging.state.empty")}</Tag>;
  return <Tag tone={TONES[campaign.state]}>{t(`judging.state.${campaign.state}`)}</Tag>;
}

/** How far a campaign is and what it is about. */
export function CampaignFacts({ projectId, campaign }: { projectId: string; campaign: Campaign }) {
  const { t, language } = useText();
  return (
    <Facts
      rows={[
        [t("judging.column.state"), <CampaignState campaign={campaign} />],
        [
          t("judging.column.progress"),
          <Link to={judgments(projectId, { prompt_set: campaign.prompt_set, since: campaign.created_at })}>
            {t("judging.progress", { judgments: campaign.judgments, count: campaign.wanted })}
          </Link>,
        ],
        [t("judging.prompts"), <Prompts campaign={campaign} />],
        [t("judging.form.tags"), campaign.tags.join(", ")],
        [t("judging.form.languages"), campaign.languages.join(", ")],
        [t("judging.training"), t(campaign.is_for_training ? "judging.trainedOn" : "judging.heldOut")],
        [t("judging.column.begun"), formatTime(campaign.created_at, language)],
      ]}
    />
  );
}

/** How many there are, how many of them still want judgments, and how many never will. */
function Prompts({ campaign }: { campaign: Campaign }) {
  const { t } = useText();
  const { prompts, items, open, state } = campaign;
  const told = [t("judging.promptsFrom", { prompts, set: campaign.prompt_set_name })];
  if (state === "judging") told.push(t("judging.toJudge", { count: open }));
  const isSampled = state === "judging" || state === "done";
  if (isSampled && items < prompts) told.push(t("judging.noChoice", { count: prompts - items }));
  return told.join(" · ");
}
