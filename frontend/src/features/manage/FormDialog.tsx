import { Button, Group, Modal, Stack } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import { Failure } from "@/features/console/parts";
import { useText } from "@/lib/i18n";

interface Props {
  title: string;
  /** The words on the button that sends. */
  send: string;
  opened: boolean;
  busy: boolean;
  error: unknown;
  danger?: boolean;
  onClose: () => void;
  onSend: () => void;
  children: ReactNode;
}

/** A form in a dialog; the server's complaints stand in it until it is sent again. */
export function FormDialog(props: Props) {
  const { t } = useText();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    props.onSend();
  };
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={props.title}
      centered
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form onSubmit={submit}>
        <Stack>
          {props.children}
          <Failure error={props.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={props.onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" color={props.danger ? "red" : undefined} loading={props.busy}>
              {props.send}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
