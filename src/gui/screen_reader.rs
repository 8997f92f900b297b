//! Keeps NUL from screen readers: it can't be sent over D-Bus, and the library that tries to ends the whole
//! connection (<https://github.com/z-galaxy/zbus/issues/138>).

use eframe::egui::{
    Context, FullOutput, Plugin,
    accesskit::{Node, TreeUpdate},
};

/// To be called once, at the start.
pub(super) fn install(ctx: &Context) {
    ctx.add_plugin(WithoutNul);
}

struct WithoutNul;

impl Plugin for WithoutNul {
    fn debug_name(&self) -> &'static str {
        "without NUL"
    }

    fn output_hook(&mut self, _: &Context, output: &mut FullOutput) {
        if let Some(update) = &mut output.platform_output.accesskit_update {
            clean(update);
        }
    }
}

/// Reads a text of a node, and sets it.
type Property = (fn(&Node) -> Option<&str>, fn(&mut Node, String));

/// The texts of a node that egui and this program set.
const TEXTS: [Property; 7] = [
    (Node::label, |node, text| node.set_label(text)),
    (Node::value, |node, text| node.set_value(text)),
    (Node::description, |node, text| node.set_description(text)),
    (Node::placeholder, |node, text| node.set_placeholder(text)),
    (Node::tooltip, |node, text| node.set_tooltip(text)),
    (Node::role_description, |node, text| {
        node.set_role_description(text);
    }),
    (Node::state_description, |node, text| {
        node.set_state_description(text);
    }),
];

fn clean(update: &mut TreeUpdate) {
    for (_, node) in &mut update.nodes {
        for (text, set) in TEXTS {
            if let Some(text) = text(node).filter(|text| text.contains('\0')) {
                // One byte for one: nodes list how long each character is.
                let text = text.replace('\0', " ");
                set(node, text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::{RawInput, Role, WidgetInfo};

    use super::*;

    #[test]
    fn no_text_for_a_screen_reader_has_nul() {
        let ctx = Context::default();
        ctx.enable_accesskit();
        install(&ctx);
        let mut typed = "typed\0text".to_owned();
        for _ in 0..2 {
            let mut output = ctx.run_ui(RawInput::default(), |ui| {
                ui.label("a label\0of a\0peer");
                ui.text_edit_multiline(&mut typed);
                let button = ui.button("a name");
                button.widget_info(|| WidgetInfo::labeled(Role::Button, true, "a\0name"));
                ui.ctx().accesskit_node_builder(button.id, |node| {
                    node.set_description("a\0description");
                    node.set_tooltip("a\0tooltip");
                });
            });
            output.textures_delta.clear();
            let update = output.platform_output.accesskit_update.expect("an update");
            let printed = format!("{update:?}");
            for text in [
                "a label of a peer",
                "typed text",
                "a name",
                "a description",
                "a tooltip",
            ] {
                assert!(printed.contains(text), "{text}: {printed}");
            }
            assert!(!printed.contains(r"\0"), "{printed}");
        }
    }
}
