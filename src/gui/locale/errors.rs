//! What went wrong, and what to do about it.

use std::io::ErrorKind;

use crate::{
    chat::{MESSAGE_CAP, Problem, Refusal, contacts::Contacts},
    endpoint::{Endpoint, EndpointError},
    identity::{IdentityError, PublicKey, invite::InviteError},
    lang::Lang,
    net::{ConnectError, ListenError},
    store::StoreError,
    text::charset::Unencodable,
};

impl Lang {
    /// What went wrong, and what to do about it.
    pub fn problem(self, problem: &Problem, contacts: &Contacts) -> String {
        match problem {
            Problem::Listen { at, error, instead } => {
                self.listen_error(at, *error, instead.as_ref())
            }
            Problem::Connect { call, error } => self.connect_error(&call.to, *error, contacts),
            Problem::Identity(error) => self.identity_error(error),
            Problem::Crashed => self.crashed().to_owned(),
            Problem::Busy => self.busy().to_owned(),
        }
    }

    /// On the button that listens where it works.
    pub fn use_instead(self, at: &Endpoint, instead: &Endpoint) -> String {
        let what = if at.host == instead.host {
            instead.port.to_string()
        } else {
            instead.host.clone()
        };
        match self {
            Self::En => format!("Use {what}"),
            Self::Ko => format!("{what} 사용"),
        }
    }

    fn listen_error(self, at: &Endpoint, error: ListenError, instead: Option<&Endpoint>) -> String {
        let Endpoint { host, port } = at;
        let instead = instead.map(|other| {
            if other.host == *host {
                other.port.to_string()
            } else {
                other.host.clone()
            }
        });
        match (self, error) {
            (Self::En, ListenError::PortInUse) => match instead {
                Some(free) => format!("Port {port} is in use by another program. Use {free}?"),
                None => format!("Port {port} is in use by another program. Choose another port."),
            },
            (Self::Ko, ListenError::PortInUse) => match instead {
                Some(free) => {
                    format!("포트 {port}은(는) 다른 프로그램이 쓰고 있습니다. {free}을(를) 쓸까요?")
                }
                None => format!(
                    "포트 {port}은(는) 다른 프로그램이 쓰고 있습니다. 다른 포트를 적으세요."
                ),
            },
            (Self::En, ListenError::NotOurAddress) => match instead {
                Some(ours) => {
                    format!("{host} is not an address of this computer. Listen on {ours}?")
                }
                None => format!("{host} is not an address of this computer."),
            },
            (Self::Ko, ListenError::NotOurAddress) => match instead {
                Some(ours) => {
                    format!("{host}은(는) 이 컴퓨터의 주소가 아닙니다. {ours}에서 기다릴까요?")
                }
                None => format!("{host}은(는) 이 컴퓨터의 주소가 아닙니다."),
            },
            (Self::En, ListenError::NoPermission) => match instead {
                Some(free) => format!(
                    "Ports below 1024, such as {port}, need administrator rights. Use {free}?"
                ),
                None => format!("Ports below 1024, such as {port}, need administrator rights."),
            },
            (Self::Ko, ListenError::NoPermission) => match instead {
                Some(free) => format!(
                    "{port}처럼 1024보다 작은 포트에는 관리자 권한이 필요합니다. {free}을(를) 쓸까요?"
                ),
                None => format!("{port}처럼 1024보다 작은 포트에는 관리자 권한이 필요합니다."),
            },
            (Self::En, ListenError::UnknownHost) => format!(
                "No computer named “{host}” was found. Type an address of this computer, such as 127.0.0.1."
            ),
            (Self::Ko, ListenError::UnknownHost) => format!(
                "‘{host}’(이)라는 이름을 찾을 수 없습니다. 127.0.0.1처럼 이 컴퓨터의 주소를 적으세요."
            ),
            (Self::En, ListenError::Other(kind)) => format!("Listening on {at} failed: {kind}."),
            (Self::Ko, ListenError::Other(kind)) => format!("{at}에서 기다릴 수 없습니다: {kind}."),
        }
    }

    fn connect_error(self, to: &Endpoint, error: ConnectError, contacts: &Contacts) -> String {
        let host = &to.host;
        match (self, error) {
            (Self::En, ConnectError::UnknownHost) => format!(
                "No computer named “{host}” was found. Check it, or type the address instead, such as 192.168.0.5."
            ),
            (Self::Ko, ConnectError::UnknownHost) => format!(
                "‘{host}’(이)라는 이름을 찾을 수 없습니다. 이름을 확인하거나 192.168.0.5 같은 주소를 적어 보세요."
            ),
            (Self::En, ConnectError::Refused) => format!(
                "Nobody is listening at {to}. Has the other person clicked Listen, with the same port?"
            ),
            (Self::Ko, ConnectError::Refused) => format!(
                "{to}에서 기다리는 프로그램이 없습니다. 상대방이 같은 포트로 ‘대기’를 눌렀나요?"
            ),
            (Self::En, ConnectError::TimedOut) => format!(
                "{to} does not answer. Is the address right, and does the other computer's firewall let Duologue through?"
            ),
            (Self::Ko, ConnectError::TimedOut) => format!(
                "{to}에서 응답이 없습니다. 주소가 맞는지, 상대 컴퓨터의 방화벽이 막고 있지 않은지 확인하세요."
            ),
            (Self::En, ConnectError::Unreachable) => {
                format!("{to} can't be reached. Are both computers on the same network?")
            }
            (Self::Ko, ConnectError::Unreachable) => {
                format!("{to}에 닿을 수 없습니다. 두 컴퓨터가 같은 네트워크에 있나요?")
            }
            (Self::En, ConnectError::AnswersPlain) => {
                format!("{to} does not encrypt: what answers there speaks plain text.")
            }
            (Self::Ko, ConnectError::AnswersPlain) => {
                format!("{to}의 프로그램은 암호화를 하지 않습니다.")
            }
            (Self::En, ConnectError::NotEncrypted) => format!(
                "{to} gives no encrypted answer. It may be an older program that knows plain text only."
            ),
            (Self::Ko, ConnectError::NotEncrypted) => format!(
                "{to}에서 암호화된 응답이 없습니다. 암호화를 모르는 오래된 프로그램일 수 있습니다."
            ),
            (Self::En, ConnectError::Incompatible) => {
                format!("{to} encrypts in another way. Do both of you have the newest Duologue?")
            }
            (Self::Ko, ConnectError::Incompatible) => {
                format!("{to}의 암호화 방식이 다릅니다. 두 사람 모두 최신 Duologue를 쓰고 있나요?")
            }
            (
                _,
                ConnectError::OtherKey {
                    expected, invited, ..
                },
            ) => self.other_key(to, &expected, invited, contacts),
            (Self::En, ConnectError::OwnKey) => {
                "This is your own program. Type the other person's address.".to_owned()
            }
            (Self::Ko, ConnectError::OwnKey) => {
                "내 프로그램에 연결했습니다. 상대방의 주소를 적으세요.".to_owned()
            }
            (Self::En, ConnectError::Busy) => {
                format!("The person at {to} is in another conversation. Try again later.")
            }
            (Self::Ko, ConnectError::Busy) => {
                format!("{to}의 상대방이 다른 대화를 하고 있습니다. 나중에 다시 연결해 보세요.")
            }
            (Self::En, ConnectError::Rejected) => format!(
                "The person at {to} has not let you in. Ask them in another way, or for an invite."
            ),
            (Self::Ko, ConnectError::Rejected) => format!(
                "{to}에서 연결을 거절했습니다. 다른 방법으로 물어보거나 초대를 받아 보세요."
            ),
            (Self::En, ConnectError::Undecided) => {
                format!("Nobody at {to} has answered whether to let you in. Try again later.")
            }
            (Self::Ko, ConnectError::Undecided) => {
                format!("{to}에서 수락도 거절도 하지 않았습니다. 나중에 다시 연결해 보세요.")
            }
            (Self::En, ConnectError::StoreUnreadable) => format!(
                "It can't be read who was at {to} before, so nobody can tell whether it is the same person. Start Duologue again."
            ),
            (Self::Ko, ConnectError::StoreUnreadable) => format!(
                "{to}에서 전에 누구를 만났는지 읽을 수 없어 같은 사람인지 알 수 없습니다. Duologue를 다시 시작해 보세요."
            ),
            (Self::En, ConnectError::HungUp) => {
                format!("{to} hung up before letting you in. Try again.")
            }
            (Self::Ko, ConnectError::HungUp) => {
                format!("{to}에서 수락하기 전에 연결을 끊었습니다. 다시 연결해 보세요.")
            }
            (Self::En, ConnectError::NoIdentity) => {
                "This program has no key to encrypt with. Start it again.".to_owned()
            }
            (Self::Ko, ConnectError::NoIdentity) => {
                "암호화할 키가 없습니다. 프로그램을 다시 시작해 보세요.".to_owned()
            }
            (Self::En, ConnectError::Other(kind)) => format!("Connecting to {to} failed: {kind}."),
            (Self::Ko, ConnectError::Other(kind)) => format!("{to}에 연결하지 못했습니다: {kind}."),
        }
    }

    fn other_key(
        self,
        to: &Endpoint,
        expected: &PublicKey,
        invited: bool,
        contacts: &Contacts,
    ) -> String {
        let person = self.person(contacts, expected);
        match (self, invited) {
            (Self::En, false) => format!(
                "Another key answers at {to} than {person}'s. Somebody may be in between, or {person} has a new computer."
            ),
            (Self::Ko, false) => format!(
                "{to}에서 {person}의 키가 아닌 다른 키로 응답합니다. 누군가 중간에 있거나, {person}이 컴퓨터를 바꾸었을 수 있습니다."
            ),
            (Self::En, true) => format!(
                "Whoever answers at {to} is not the one who invited you. Ask them for a new invite."
            ),
            (Self::Ko, true) => {
                format!("{to}에서 응답하는 사람은 초대한 사람이 아닙니다. 초대를 새로 부탁하세요.")
            }
        }
    }

    fn identity_error(self, error: &IdentityError) -> String {
        match (self, error) {
            (Self::En, IdentityError::Damaged(path)) => format!(
                "Your key is damaged, so nothing can be encrypted: {}. With a new one, people who know you are asked again whether it is you.",
                path.display()
            ),
            (Self::Ko, IdentityError::Damaged(path)) => format!(
                "키 파일이 손상되어 암호화할 수 없습니다: {}. 새 키를 만들면, 나를 아는 사람들에게 내가 맞는지 다시 물어보게 됩니다.",
                path.display()
            ),
            (Self::En, IdentityError::Unreadable(path, kind)) => format!(
                "Your key can't be read, so nothing can be encrypted: {} ({kind}). Mend that, and start Duologue again.",
                path.display()
            ),
            (Self::Ko, IdentityError::Unreadable(path, kind)) => format!(
                "키 파일을 읽을 수 없어 암호화할 수 없습니다: {} ({kind}). 문제를 해결한 뒤 Duologue를 다시 시작하세요.",
                path.display()
            ),
            (Self::En, IdentityError::Unwritable(path, kind)) => format!(
                "No key can be kept, so nothing can be encrypted: {} ({kind}). Mend that, and start Duologue again.",
                path.display()
            ),
            (Self::Ko, IdentityError::Unwritable(path, kind)) => format!(
                "키 파일을 저장할 수 없어 암호화할 수 없습니다: {} ({kind}). 문제를 해결한 뒤 Duologue를 다시 시작하세요.",
                path.display()
            ),
            (Self::En, IdentityError::NoRandomness) => {
                "This computer gives no random numbers, so nothing can be encrypted. Start Duologue again.".to_owned()
            }
            (Self::Ko, IdentityError::NoRandomness) => {
                "이 컴퓨터에서 난수를 얻을 수 없어 암호화할 수 없습니다. Duologue를 다시 시작해 보세요.".to_owned()
            }
        }
    }

    /// Why what is known of others can't be kept or read.
    pub fn store_error(self, error: StoreError) -> String {
        match (self, error) {
            (_, StoreError::Io(ErrorKind::StorageFull | ErrorKind::QuotaExceeded)) => {
                self.disk_full().to_owned()
            }
            (
                _,
                StoreError::Io(ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied),
            ) => self.folder_read_only().to_owned(),
            (Self::En, StoreError::Newer) => {
                "What is kept is of a newer Duologue: nobody is recognised, and nothing is kept or delivered. Use the newer one.".to_owned()
            }
            (Self::Ko, StoreError::Newer) => {
                "저장된 내용이 더 새로운 Duologue의 것이라 아무도 알아볼 수 없고, 아무것도 저장하거나 전달할 수 없습니다. 새 버전을 쓰세요.".to_owned()
            }
            (Self::En, StoreError::Busy) => {
                "Another program is using what Duologue keeps, so the last change was not kept. Messages are not delivered until it is done.".to_owned()
            }
            (Self::Ko, StoreError::Busy) => {
                "다른 프로그램이 저장된 내용을 쓰고 있어 방금 바뀐 내용을 저장하지 못했습니다. 그 일이 끝날 때까지 메시지가 전달되지 않습니다.".to_owned()
            }
            (Self::En, StoreError::Io(kind)) => {
                format!("People and messages can't be read or kept: {kind}. Messages are not delivered meanwhile.")
            }
            (Self::Ko, StoreError::Io(kind)) => {
                format!("사람과 메시지를 읽거나 저장할 수 없습니다: {kind}. 그동안 메시지가 전달되지 않습니다.")
            }
            (Self::En, StoreError::Damaged) => {
                "The file with people and messages is damaged. Start Duologue again: it is set aside, and a new one begun.".to_owned()
            }
            (Self::Ko, StoreError::Damaged) => {
                "사람과 메시지를 담은 파일이 손상되었습니다. Duologue를 다시 시작하면 따로 보관하고 새로 만듭니다.".to_owned()
            }
        }
    }

    /// Why nothing could be recovered from a damaged store.
    pub fn salvage_error(self, error: StoreError) -> String {
        match error {
            StoreError::Damaged => self.nothing_to_recover().to_owned(),
            other => self.store_error(other),
        }
    }

    /// Why what looks like an invite is none.
    pub fn invite_error(self, error: InviteError) -> &'static str {
        match (self, error) {
            (Self::En, InviteError::NotAnInvite | InviteError::BadKey | InviteError::BadToken) => {
                "This invite is not complete. Copy all of it, or ask for a new one."
            }
            (Self::Ko, InviteError::NotAnInvite | InviteError::BadKey | InviteError::BadToken) => {
                "초대의 일부가 빠졌거나 잘못되었습니다. 전체를 복사하거나 새로 받으세요."
            }
            (Self::En, InviteError::BadHost) => {
                "This invite has no address to connect to. Ask for a new one."
            }
            (Self::Ko, InviteError::BadHost) => {
                "이 초대에는 연결할 주소가 없습니다. 초대를 새로 받으세요."
            }
            (Self::En, InviteError::TooLong) => "This is too long to be an invite.",
            (Self::Ko, InviteError::TooLong) => "초대라고 하기에는 너무 깁니다.",
        }
    }

    /// What is wrong with the host or port field.
    pub fn field_error(self, error: EndpointError) -> &'static str {
        match (self, error) {
            (Self::En, EndpointError::EmptyHost) => "Type the name or address of a computer.",
            (Self::Ko, EndpointError::EmptyHost) => "컴퓨터의 이름이나 주소를 적으세요.",
            (Self::En, EndpointError::BadHost) => "This is not a name or an address.",
            (Self::Ko, EndpointError::BadHost) => "컴퓨터의 이름이나 주소가 아닙니다.",
            (Self::En, EndpointError::BadIpv4) => {
                "An IPv4 address is four numbers from 0 to 255, like 192.168.0.5."
            }
            (Self::Ko, EndpointError::BadIpv4) => {
                "IPv4 주소는 192.168.0.5처럼 0부터 255까지의 숫자 네 개입니다."
            }
            (Self::En, EndpointError::BadPort) => "The port is a number from 1 to 65535.",
            (Self::Ko, EndpointError::BadPort) => "포트는 1부터 65535까지의 숫자입니다.",
            (Self::En, EndpointError::PortZero) => {
                "Port 0 can't be connected to. Type the port that the other person sees."
            }
            (Self::Ko, EndpointError::PortZero) => {
                "포트 0으로는 연결할 수 없습니다. 상대방에게 보이는 포트를 적으세요."
            }
        }
    }

    /// Why a text was not sent; `None` where nothing need be said.
    pub fn refusal(self, refusal: &Refusal) -> Option<String> {
        match refusal {
            Refusal::Empty => None,
            Refusal::NotConnected => Some(self.nobody_there().to_owned()),
            Refusal::TooLong { bytes } => Some(match self {
                Self::En => format!(
                    "This is too long for one message: {} KiB, and {} KiB fit.",
                    bytes.div_ceil(1024),
                    MESSAGE_CAP / 1024
                ),
                Self::Ko => format!(
                    "메시지 하나로는 너무 깁니다. {} KiB인데 {} KiB까지 보낼 수 있습니다.",
                    bytes.div_ceil(1024),
                    MESSAGE_CAP / 1024
                ),
            }),
            Refusal::Unencodable(Unencodable {
                charset,
                characters,
            }) => {
                let list = characters
                    .iter()
                    .map(char::to_string)
                    .collect::<Vec<_>>()
                    .join(" ");
                Some(match self {
                    Self::En => format!("{charset} can't express {list}"),
                    Self::Ko => format!("{charset}에는 이 글자가 없습니다: {list}"),
                })
            }
            Refusal::WhichCharset => Some(self.which_charset().to_owned()),
        }
    }
}
