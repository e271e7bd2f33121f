import { Modal, type ModalProps } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useText } from "@/lib/i18n";

/** A dialog that is open as long as it is drawn; once it is gone, focus is again where it was before. */
export function OpenModal(props: Omit<ModalProps, "opened">) {
  const { t } = useText();
  const before = useRef(document.activeElement);
  useEffect(
    () => () => {
      const { current } = before;
      if (document.activeElement === document.body && current instanceof HTMLElement) current.focus({ preventScroll: true });
    },
    [],
  );
  return <Modal opened closeButtonProps={{ "aria-label": t("common.close") }} {...props} />;
}
