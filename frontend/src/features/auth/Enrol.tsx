import { Button, Group, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { Awaited } from "@/features/console/parts";
import { useText } from "@/lib/i18n";
import type { Asking } from "./Reauthenticate";
import { beginEnrolment, finishEnrolment, type Enrolment } from "./security";
import styles from "./security.module.css";

interface Props {
  asking: Asking;
  onDone: () => void;
  onCancel: () => void;
}

/** The picture for the authenticator app, and the first code that proves it was taken. */
export function Enrol({ asking, onDone, onCancel }: Props) {
  const begun = useQuery({
    queryKey: ["enrolment"],
    queryFn: beginEnrolment,
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });
  return (
    <Awaited query={begun}>
      {(enrolment) => (
        <Steps enrolment={enrolment} asking={asking} onDone={onDone} onCancel={onCancel} />
      )}
    </Awaited>
  );
}

function Steps({ enrolment, asking, onDone, onCancel }: Props & { enrolment: Enrolment }) {
  const { t } = useText();
  const [code, setCode] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void asking.run(() => finishEnrolment(code.replace(/\s/g, "")).then(onDone));
  };
  return (
    <form onSubmit={submit} className={styles.enrol}>
      <img
        className={styles.qr}
        alt={t("security.enrol.picture")}
        src={`data:image/svg+xml;utf8,${encodeURIComponent(enrolment.svg)}`}
      />
      <Stack>
        <p>{t("security.enrol.scan")}</p>
        <p>
          {t("security.enrol.type")} <code className={styles.secret}>{enrolment.secret}</code>
        </p>
        <TextInput
          label={t("security.enrol.code")}
          autoComplete="one-time-code"
          inputMode="numeric"
          maxLength={10}
          required
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        <Group>
          <Button type="submit">{t("security.enrol.finish")}</Button>
          <Button variant="default" onClick={onCancel}>
            {t("common.cancel")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
