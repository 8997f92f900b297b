//! What the header says of a conversation that is not the one it belongs to, and the times in the list.

use jiff::civil::{Date, DateTime};

use crate::{
    chat::contacts::Contacts,
    gui::locale::{month, particles::Particle},
    identity::PeerId,
    lang::Lang,
};

impl Lang {
    /// Another conversation than the one shown is connected. `unread` is the number of its unread messages.
    pub fn connected_to(self, contacts: &Contacts, peer_id: &PeerId, unread: u64) -> String {
        let person = self.peer_in_sentence(contacts, peer_id);
        let sentence = match self {
            Self::En => format!("Talking with {person}"),
            Self::Ko => format!("{} 대화 중", Particle::With.after(&person)),
        };
        counted(sentence, unread)
    }

    /// The connection of another conversation than the one shown was lost.
    pub fn reconnecting_to(self, contacts: &Contacts, peer_id: &PeerId) -> String {
        let person = self.peer_in_sentence(contacts, peer_id);
        match self {
            Self::En => format!("Reconnecting to {person}…"),
            Self::Ko => format!("{} 다시 연결하는 중…", Particle::With.after(&person)),
        }
    }

    /// A name, and how many messages of theirs are unread.
    pub fn name_and_count(self, contacts: &Contacts, peer_id: &PeerId, unread: u64) -> String {
        counted(self.peer_id(contacts, peer_id), unread)
    }

    /// "2:03 PM" today, "Tue" this week, otherwise the date, with the year if it is another.
    pub fn brief_moment(self, at: DateTime, today: Date) -> String {
        const DAYS: [(&str, &str); 7] = [
            ("Mon", "월요일"),
            ("Tue", "화요일"),
            ("Wed", "수요일"),
            ("Thu", "목요일"),
            ("Fri", "금요일"),
            ("Sat", "토요일"),
            ("Sun", "일요일"),
        ];
        let date = at.date();
        let days = today.duration_since(date).as_hours() / 24;
        let weekday = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        match (self, DAYS.get(weekday)) {
            _ if days == 0 => self.time(at.time()),
            (Self::En, Some((day, _))) if (1..7).contains(&days) => (*day).to_owned(),
            (Self::Ko, Some((_, day))) if (1..7).contains(&days) => (*day).to_owned(),
            (Self::En, _) => {
                let month: String = month(date).chars().take(3).collect();
                let year = if date.year() == today.year() {
                    String::new()
                } else {
                    format!(" {}", date.year())
                };
                format!("{} {month}{year}", date.day())
            }
            (Self::Ko, _) if date.year() == today.year() => {
                format!("{}월 {}일", date.month(), date.day())
            }
            (Self::Ko, _) => format!("{}. {}. {}.", date.year(), date.month(), date.day()),
        }
    }

    /// The same as [`Self::waiting_on`], where there is little room.
    pub fn waiting_at(self, port: u16) -> String {
        match self {
            Self::En => format!("Waiting ({port})"),
            Self::Ko => format!("대기 중({port})"),
        }
    }
}

fn counted(words: String, count: u64) -> String {
    if count == 0 {
        words
    } else {
        format!("{words} ({count})")
    }
}
