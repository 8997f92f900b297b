//! Common words, chosen for this test. Many of the first lists are valid UTF-8 in the encodings of their languages.

pub const KOREAN: &str = "
    안녕 안녕하세요 네 아니요 응 그래 좋아 싫어 고마워 감사합니다 미안 죄송합니다 잘 가 또 봐 오늘 내일 어제 지금 나중에 아침
    점심 저녁 밥 물 커피 치킨 피자 라면 김치 친구 가족 엄마 아빠 형 누나 동생 선생님 학교 회사 집 길 차 버스 기차 책 체크 첫째
    화 회 티 트 치 크 타 키 표 짱 짝 째 화환 회화 효 확 침 척 천 철 처 채 체 청 초 최고 카 커 큰 큼 킹 특 틀 팀 품 풀 풍 화장 호텔
    혼자 홈 확인 환영 활 황 회의 획 횟수 크크 ㅋㅋ ㅎㅎ ㅠㅠ ok PC방 SNS 3시 10분 정말 진짜 조금 많이 빨리 천천히 왜 언제 어디 누가
    무엇 어떻게 사람 시간 이름 전화 컴퓨터 인터넷 프로그램 서버 접속 테스트 한글 문제 없어 있어 했어 할게 갈게 왔어 봤어";

pub const JAPANESE: &str = "
    こんにちは おはよう こんばんは ありがとう すみません はい いいえ うん そう 私 君 彼 人 友達 家族 母 父 兄 姉 学校 会社 家 駅
    朝 昼 夜 今日 明日 昨日 今 水 茶 町 店 鳥 無 名 他 側 足 夢 娘 日本 日本語 東京 電話 天気 時間 仕事 食べる 飲む 見る 行く 来る 寝る
    読む 書く 話す 聞く 好き 嫌い 大きい 小さい 新しい 古い 何 いつ どこ 誰 なぜ 一 二 三 コンピュータ ネット テスト サーバー メール ｶﾀｶﾅ
    ok です ます ました ません から まで の は が を に";

pub const CHINESE: &str = "
    你好 谢谢 谢 再见 是 不是 对 不 好 好的 我 你 他 她 我们 你们 朋友 家 学校 公司 今天 明天 昨天 现在 早上 晚上 吃 喝 水 茶 饭 看 听 说
    写 读 去 来 走 太 同 路 台 通 联通 笑 小 学习 电话 电脑 网络 程序 服务器 测试 中国 中文 北京 上海 什么 什么时候
    哪里 谁 为什么 多少 一 二 三 十 大 小写 挺 谈 楼 没有 可以 知道 时间 问题 工作 名字 ok T恤 的 了 吗 吧 在 有 和 也 都 很";

pub const TRADITIONAL_CHINESE: &str = "
    你好 謝謝 再見 是 不是 對 不 好 好的 我 你 他 她 我們 你們 朋友 家 學校 公司 今天 明天 昨天 現在 早上 晚上 吃 喝 水 茶 飯 看 聽 說 寫
    讀 去 來 走 翻 禮 繞 簡 職 職業 簡單 禮物 翻譯 糧 繡 雙 醫 醫生 題目 轉 舊 藍 雞 鎖 電話 電腦 網路 程式 伺服器 測試 台灣 中文 台北 什麼
    哪裡 誰 為什麼 多少 一 二 三 十 大 小 沒有 可以 知道 時間 問題 工作 名字 ok 的 了 嗎 吧 在 有 和 也 都 很";

pub const RUSSIAN: &str = "
    привет здравствуйте да нет спасибо пожалуйста хорошо плохо как дела пока сегодня завтра вчера сейчас утро день вечер ночь я ты он она мы вы
    они в на и не что с по к у о за из от для это всё ещё её Её моё твоё друг семья мама папа брат сестра школа работа дом вода чай хлеб кофе
    телефон компьютер программа сервер тест вопрос время имя Россия Москва большой маленький новый старый где когда кто почему один два три
    Ёлка объём съёмка ПРИВЕТ ОК ok";

pub const FRENCH: &str = "
    bonjour salut oui non merci s'il vous plaît au revoir à bientôt ça va très bien où est là-bas déjà été être français français garçon fenêtre
    élève école étudiant mère père frère sœur forêt hôtel hôpital île naïf Noël café thé eau pain aujourd'hui demain hier matin soir nuit le la
    les un une des je tu il elle nous vous ils c'est d'accord peut-être après même tôt tête bête fête côté août reçu leçon Ça À Été États élevé
    problème réseau serveur téléphone numéro créé créée ok";

pub const GERMAN: &str = "
    hallo guten Tag ja nein danke bitte tschüss auf Wiedersehen schön gut schlecht wie geht's heute morgen gestern jetzt früh spät Abend Nacht ich
    du er sie wir ihr über unter für grün Öl Übung Ärger Straße Fuß groß größer weiß heiß Käse Brötchen Müller Mädchen König möchte können
    würde hätte wäre Tür Stühle Bücher Schlüssel Süden Österreich Zürich Köln München Äpfel Öfen Größe Maß müde Vater Mutter Bruder Schwester
    Schule Arbeit Haus Wasser Kaffee Tee Brot Rechner Netz Server Frage Zeit Name ok";

pub const ENGLISH: &str = "
    hello hi yes no thanks please bye see you later good morning today tomorrow yesterday now I you he she we they the a an of to in and is it that
    for on with as was at by this have from or one had not but what all were when your can said there use each which do how if will up café naïve
    résumé façade piñata don’t it’s it's “quoted” ok time name house water coffee tea bread school work friend computer network server test problem";

pub const POLISH: &str = "
    cześć dzień dobry tak nie dziękuję proszę do widzenia dobrze źle jak się masz dziś jutro wczoraj teraz rano wieczór noc ja ty on ona my wy oni
    jest są być mieć móc chcieć że już też więc żona mąż brat siostra szkoła praca dom woda kawa herbata chleb łódź Łódź żółty książka księża mężą
    więżą kościół źródło świat ćwiczenie środa piątek sześć pięć dziewięć człowiek ludzie pytanie czas imię ŻÓŁTY Ósmy ok";
