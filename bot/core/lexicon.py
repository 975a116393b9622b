"""Words that decide between "the same" and "something else", in the languages of the shipped story.

Observations behind the tables: headlines of one event swap verbs that mean the same ("visits", "arrives in")
and keep what matters: who, where, how many, and whether it happens at all. So synonyms are joined, capitals
stand for their countries, and words that turn a report round are named. A missing word costs one missed
rewrite; a wrong one can hide news, so only words with one plain meaning in headlines belong here.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Function words: they carry no news in any title.
STOP_WORDS = frozenset(
    "a an the of in on at to for from by with and or but as is are was were be been has have had will would can"
    " could may might it its this that these those his her their he she they we you i after before during amid"
    " over under into about against between than then who what when where why how new more most says said say"
    " no up down out off also s t"
    " в на и с со к по о об от до из за для что как это его ее их он она они мы вы я при над под у а но же"
    " і з у та на до від за про що як це иого іі іх він вона вони ми ви при над під для"
    " der die das den dem des ein eine einer eines und oder in im am an auf mit von zu zum zur bei nach aus ist"
    " i w z na do o od dla po za przez jest sie oraz u"
    " ve bir bu da de ile icin olarak"
    " va cua tai trong cho voi la cac nhung mot".split()
)

#: Words of one meaning in headlines: concept → spellings (folded stems are compared, so one form is enough).
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "visit": (
        "visit", "visits", "visiting", "arrives", "arrive", "arrived", "heads to", "head to", "travels", "travel",
        "trip", "lands", "lands in", "flies to", "tours", "визит*", "прибыл", "прилетел", "приехал", "посетит",
        "посетил", "посещает", "візит", "прибув", "відвідає", "访问", "訪問", "抵达", "抵達", "出访", "出訪", "到访",
        "besucht", "besuch", "wizyta", "wizyte", "odwiedza", "ziyaret", "tham", "den tham",
    ),
    "meet": (
        "meets", "meet", "met", "meeting", "hosts", "host", "receives", "received", "greets", "welcomes", "talks",
        "talks with", "holds talks", "встретился", "встреча", "встретится", "принял", "провел переговоры", "переговоры",
        "зустрівся", "переговори", "会见", "會見", "会晤", "會晤", "会谈", "會談", "接见", "trifft", "treffen",
        "spotkal sie", "spotkanie", "gorustu", "gorusme", "hoi dam",
    ),
    "minister": ("minister", "chief", "министр", "глава", "міністр", "部长", "部長", "防长", "防長"),
    "defence": ("defence", "defense", "оборона", "обороны", "оборони", "国防", "國防"),
    "military": ("military", "army", "armed forces", "военный", "військовий", "军事", "軍事", "两军", "兩軍"),
    "president": ("president", "президент", "总统", "總統", "prasident", "prezydent"),
    "cooperation": ("cooperation", "co-operation", "ties", "relations", "сотрудничество", "合作"),
    "drill": ("drills", "drill", "exercise", "exercises", "manoeuvres", "maneuvers", "учения", "演习", "演習", "军演"),
    "cancel": ("cancels", "cancelled", "canceled", "cancel", "calls off", "called off", "call off", "scraps", "scrapped", "отменил", "отменяет", "отменила", "отменили", "取消"),
    "deny": ("denies", "denied", "refutes", "отрицает", "опроверг", "опровергли", "опровергает", "否认", "否認"),
    "postpone": ("delays", "delayed", "postpones", "postponed", "puts off", "отложил", "отложили", "перенес", "推迟", "推遲"),
    "hail": ("hails", "praises", "lauds"),
    "kill": ("killed", "dead", "dies", "deaths", "death", "погибли", "погиб", "死亡"),
    "hurt": ("injured", "wounded", "hurt", "пострадали", "ранены", "受伤"),
}  # fmt: skip

#: Words that say it does not happen, no longer happens or is not so. On one side only, they are news.
REVERSALS = frozenset(
    "cancels cancel cancelled canceled cancellation scraps scrapped denies deny denied denial delays delay delayed"
    " postpones postpone postponed suspends suspended rejects reject rejected refuses refused withdraws withdrawn"
    " abandons halts aborted retracts retracted refutes debunks false untrue unlikely extends extended shortens"
    " отменил отменила отменили отменяет отмена отменен перенес перенесен отложил отложен отложили опроверг"
    " опровергает опровергли отрицает отказался отказалась отказ приостановил продлил продлен"
    " скасував скасовано спростував відклав відмовився"
    " abgesagt dementiert verschiebt verschoben bestreitet odwoluje odwolal odwolana zaprzecza przeklada"
    " iptal yalanladi erteledi not не nie nicht kein keine".split()
)
#: The same for scripts without spaces, found as phrases.
REVERSAL_PHRASES = ("won't", "isn't", "doesn't", "don't", "can't", "不会", "不會", "call off", "calls off", "called off", "put off", "not true", "取消", "否认", "否認", "推迟", "推遲", "延期", "拒绝", "拒絕", "延长", "中止")  # fmt: skip

#: Words of a report about what somebody says of an event. On one side only, it is another report.
REACTIONS = frozenset(
    "warns warn warned comments comment commented reacts react reaction reactions responds response slams condemns"
    " condemned criticises criticizes criticised criticized criticism"
    " прокомментировал прокомментировала прокомментировали комментирует отреагировал отреагировали реакция осудил"
    " осудили раскритиковал предупредил предупредили 回应 回應 评论 評論 谴责 譴責 警告 kommentiert reagiert warnt"
    " komentuje reaguje ostrzega".split()
)
#: Phrases by which a title announces. Against a title that reports it done, they tell another day's news.
PLANNED = (
    "to visit", "to meet", "to sign", "to hold", "to host", "to travel to", "to attend", "to send", "to receive",
    "to arrive", "will", "may", "plans to", "set to", "expected to", "встретится", "встретятся", "посетит", "прибудет",
    "подпишет", "подпишут", "проведет", "проведут", "примет", "прилетит", "отправится", "планирует", "зустрінеться",
    "відвідає", "прибуде", "将", "將", "拟", "即将", "wird", "spotka sie", "odwiedzi",
)  # fmt: skip
#: Words by which a title reports it done or being done.
DONE = (
    "met", "meets", "meet", "visited", "visits", "signed", "signs", "sign", "arrives", "arrived", "lands", "landed",
    "holds", "held", "hosts", "hosted", "receives", "received", "встретился", "встретились", "посетил", "прибыл",
    "подписал", "подписали", "провел", "провели", "принял", "прилетел", "зустрівся", "відвідав", "прибув", "会见",
    "會見", "会晤", "會晤", "会谈", "會談", "抵达", "抵達", "举行", "签署", "访问", "訪問", "traf", "trifft", "spotkal sie",
)  # fmt: skip
#: Concepts of what two do together: who is named first says nothing.
MUTUAL = frozenset({"meet", "cooperation", "drill"})

#: Pairs that exclude each other where one title has the one and the other the other.
OPPOSITES: tuple[tuple[str, str], ...] = (
    ("export", "import"), ("rose", "fell"), ("praises", "criticises"), ("praises", "criticizes"), ("hails", "criticises"), ("увеличил", "сократил"), ("rise", "fall"), ("rises", "falls"), ("up", "down"), ("gain", "lose"), ("gains", "losses"),
    ("win", "lose"), ("wins", "loses"), ("approve", "reject"), ("approves", "rejects"), ("arrive", "leave"),
    ("arrives", "leaves"), ("arrives", "departs"), ("open", "close"), ("opens", "closes"), ("buy", "sell"),
    ("buys", "sells"), ("arrested", "released"), ("begin", "end"), ("begins", "ends"), ("starts", "ends"),
    ("before", "after"), ("higher", "lower"), ("increase", "decrease"), ("accept", "refuse"), ("accepts", "refuses"),
    ("confirms", "denies"), ("north", "south"), ("east", "west"), ("men", "women"), ("acquitted", "convicted"),
    ("экспорт", "импорт"), ("рост", "падение"), ("вырос", "упал"), ("прибыл", "покинул"), ("出口", "进口"),
    ("上涨", "下跌"), ("增长", "下降"), ("抵达", "离开"),
    ("blocks", "upholds"), ("alive", "dead"), ("survives", "faces"), ("issued", "lifted"), ("resumes", "stops"),
    ("trwa", "przerwano"), ("für", "gegen"), ("принял", "отклонил"), ("приняла", "отклонила"),
    ("арестовал", "освободил"), ("przyjął", "odrzucił"), ("橙色", "红色"), ("gold", "silver"), ("senate", "house"),
)  # fmt: skip
#: Of these words a label before a headline has at least one where a page tells running news.
LIVE = frozenset(
    "live liveblog liveticker ticker updates ultim direct directo vivo relacja zywo minuto онлаин трансляция 直 ao".split()
)

#: What is counted in reports that grow: a new number here is an update of the same report.
TALLIES = frozenset(
    "kills killed dead dies deaths death toll injured wounded missing rescued survivors victims casualties cases infected"
    " arrested detained evacuated officers delegation members"
    " погибших погибли раненых пострадавших жертв пропавших человек 死亡 受伤 失踪 遇难".split()
)

#: Country → its names, adjectives and the capital or seat that headlines use for it. A trailing * lets it inflect.
PLACES: Mapping[str, tuple[str, ...]] = {
    "russia": ("russia", "russian", "russians", "moscow", "kremlin", "росси*", "российск*", "москв*", "московск*", "кремл*", "россія", "росії", "俄罗斯", "俄羅斯", "俄", "莫斯科", "克里姆林宫", "russland", "moskau", "rosja", "rosji", "moskwa", "moskwie", "rusya", "moskova", "nga", "mat-xco-va", "moscu", "rusia", "moscou", "russie"),
    "china": ("china", "chinese", "beijing", "prc", "кита*", "кнр", "пекин*", "中国", "中國", "中方", "北京", "chinas", "chinesisch*", "peking", "chiny", "chinski*", "cin", "pekin", "trung quoc", "bac kinh", "chine", "chinois*"),
    "belarus": ("belarus", "belarusian", "minsk", "белорусс*", "беларус*", "минск*", "白俄罗斯", "白俄羅斯", "明斯克", "bialorus"),
    "ukraine": ("ukraine", "ukrainian", "kyiv", "kiev", "украин*", "киев*", "україн*", "киів", "乌克兰", "烏克蘭", "基辅", "ukraina"),
    "usa": ("us", "u.s", "usa", "united states", "america", "american", "washington", "pentagon", "white house", "сша", "вашингтон*", "美国", "美國", "华盛顿", "白宫"),
    "uk": ("uk", "britain", "british", "london", "england", "великобритан*", "лондон*", "英国", "英國", "伦敦"),
    "germany": ("germany", "german", "berlin", "герман*", "берлин*", "德国", "德國", "柏林", "deutschland", "niemcy"),
    "france": ("france", "french", "paris", "франци*", "париж*", "法国", "法國", "巴黎"),
    "poland": ("poland", "polish", "warsaw", "польш*", "варшав*", "波兰", "波蘭", "华沙", "polska"),
    "japan": ("japan", "japanese", "tokyo", "япони*", "токио", "日本", "东京", "東京"),
    "southkorea": ("south korea", "seoul", "южная корея", "сеул*", "韩国", "韓國", "首尔"),
    "northkorea": ("north korea", "pyongyang", "кндр", "пхеньян*", "朝鲜", "平壤"),
    "india": ("india", "indian", "new delhi", "delhi", "индия", "индии", "индию", "индийск*", "дели", "印度", "新德里"),
    "iran": ("iran", "iranian", "tehran", "иран*", "тегеран*", "伊朗", "德黑兰"),
    "israel": ("israel", "israeli", "израил*", "以色列"),
    "turkey": ("turkey", "turkish", "ankara", "turkiye", "турци*", "анкар*", "土耳其"),
    "syria": ("syria", "syrian", "damascus", "сири*", "дамаск*", "叙利亚"),
    "italy": ("italy", "italian", "rome", "итали*", "рим", "意大利", "罗马"),
    "spain": ("spain", "spanish", "madrid", "испани*", "мадрид*", "西班牙", "马德里"),
    "brazil": ("brazil", "brazilian", "brasilia", "бразили*", "巴西"),
    "kazakhstan": ("kazakhstan", "astana", "казахстан*", "астан*", "哈萨克斯坦"),
    "vietnam": ("vietnam", "vietnamese", "hanoi", "вьетнам*", "越南", "河内", "viet nam"),
    "singapore": ("singapore", "сингапур*", "新加坡"),
    "taiwan": ("taiwan", "taiwanese", "taipei", "тайван*", "台湾", "台灣", "台北"),
    "hungary": ("hungary", "hungarian", "budapest", "венгри*", "匈牙利"),
    "serbia": ("serbia", "serbian", "belgrade", "серби*", "белград*", "塞尔维亚"),
    "mongolia": ("mongolia", "mongolian", "ulaanbaatar", "монголи*", "蒙古"),
    "pakistan": ("pakistan", "pakistani", "islamabad", "пакистан*", "巴基斯坦"),
    "canada": ("canada", "canadian", "ottawa", "канад*", "加拿大"),
    "australia": ("australia", "australian", "canberra", "австрали*", "澳大利亚"),
    "mexico": ("mexico", "mexican", "мексик*", "墨西哥"),
    "egypt": ("egypt", "egyptian", "cairo", "египт*", "каир*", "埃及"),
    "southafrica": ("south africa", "pretoria", "юар", "南非"),
    "eu": ("eu", "european union", "brussels", "евросоюз*", "ес", "брюссел*", "欧盟", "歐盟"),
    "nato": ("nato", "нато", "北约", "北約"),
}  # fmt: skip
