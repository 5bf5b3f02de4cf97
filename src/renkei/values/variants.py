"""Characters that two registers write for one another in names and places (異体字・旧字体).

One group a row, its usual character first. A group means a doubt, never agreement: 斉 and 斎 are
two characters that people confuse. Kana follow their own rules in `folded`.
"""

import re
import unicodedata
from typing import Final

_TABLE: Final = """
高髙 崎﨑嵜碕 辺邊邉 斉齊斎齋斊 沢澤 浜濱濵 桜櫻 広廣 国國圀 島嶋嶌 徳德 真眞 恵惠 瀬瀨 槙槇
遥遙 富冨 淵渕渊 館舘 吉𠮷 実實 竜龍 滝瀧 関關 塩鹽 釜竈竃 黒黑 青靑 清淸 静靜 栄榮 円圓 万萬
与與 予豫 仏佛 伝傳 体體軆 剣劍劔剱 勲勳 厳嚴 参參 双雙 台臺 園薗 増增 壮壯 寿壽 寛寬 将將 尭堯
岳嶽 峰峯 峡峽 巌巖 帯帶 弁辨辯瓣 弥彌 従從 応應 恋戀 戸戶 払拂 抜拔 教敎 晋晉 曽曾 条條 来來
松枩 柳栁 桑桒 桧檜 検檢 楽樂 楼樓 横橫 歩步 毎每 気氣 浅淺 涙淚 渉涉 渋澁澀 湾灣 灯燈 為爲 独獨
瑶瑤 畳疊 当當 県縣 礼禮 秋穐龝 称稱 穂穗 穣穰 粋粹 糸絲 経經 絵繪 継繼 総總 緑綠 縦縱 聡聰 舎舍
芦蘆 花芲 荘莊 薫薰 蔵藏 薮藪籔 虎乕 虫蟲 蛍螢 蛎蠣 覚覺 観觀 訳譯 読讀 譲讓 豊豐 賛贊 軽輕 辞辭
遅遲 郎郞 郷鄕鄉 醸釀 釈釋 鉄鐵銕鐡 鈎鉤 錬鍊 録錄 鎮鎭 間閒 隠隱 隣鄰 霊靈 顔顏 顕顯 頼賴 駅驛
駆驅 験驗 鴬鶯 鴎鷗 鶏鷄 麦麥 黄黃 亀龜 亜亞 会會 仮假 価價 侠俠 倹儉 児兒 党黨 内內 凛凜 処處
労勞 効效 区區 医醫 単單 収收 叙敍 呉吳 団團 図圖 壊壞 変變 奥奧 奨奬 学學斈 宝寶寳 対對 専專
尚尙 尽盡 届屆 属屬 巻卷 帰歸 弾彈 彦彥 徴徵 恒恆 悦悅 悪惡 慎愼 懐懷 挙擧 揺搖 摂攝 数數 断斷
旧舊 暁曉 暦曆 様樣 欧歐 歓歡 歴歷 沖冲 涼凉 温溫 満滿 潜潛 焼燒 状狀 狭狹 画畫 発發 皐皋 砕碎
砺礪 禅禪 秘祕 稲稻 粛肅 縁緣 縄繩 繊纖 群羣 胆膽 芸藝 茎莖 蒋蔣 衛衞 装裝 裏裡 謡謠 転轉 酔醉
鋭銳 銭錢 鋳鑄 随隨 険險 鶴靏鸖靍 黙默 齢齡 桝枡 籠篭 鰺鯵 祇祗 檮梼 涌湧 埜野 廻回 舩船 峠垰
壺壷 曵曳 桟棧 嶺岺
"""
GROUPS: Final = tuple(_TABLE.split())

_VARIATION: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_DASHES: Final = re.compile("[\\-‐‑‒–—―−─━ー]")
_OLD_KANA: Final = str.maketrans(
    "ヰヱヲヂヅヵヶァィゥェォッャュョヮ", "イエオジズカケアイウエオツヤユヨワ"
)
_LONG_VOWEL: Final = re.compile("(?<=[ァ-ヺ])一(?=[ァ-ヺ]|$)")
_HIRAGANA: Final = re.compile("[ぁ-ゖ]")
_TO_KATAKANA: Final = ord("ァ") - ord("ぁ")
_ACCENTED: Final = re.compile("[À-ɏḀ-ỿ]")
_MEANINGLESS: Final = re.compile("[\u3013\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]")


_USUAL: Final = {ord(variant): group[0] for group in GROUPS for variant in group}


def without_variation(text: str) -> str:
    """Text without the marks that choose one drawing of a character (異体字セレクタ)."""
    return _VARIATION.sub("", text)


def has_meaningless(text: str) -> bool:
    """Whether a character means nothing between two bodies: private use, geta mark (外字, 〓)."""
    return _MEANINGLESS.search(text) is not None


def folded(text: str) -> str:
    """Text whose variants, kana, dashes and accents are written one way; equal is a doubt."""
    text = _HIRAGANA.sub(lambda found: chr(ord(found[0]) + _TO_KATAKANA), text)
    text = _LONG_VOWEL.sub("ー", _DASHES.sub("ー", text.translate(_OLD_KANA)))
    return _ACCENTED.sub(lambda found: _unaccented(found[0]), text.translate(_USUAL))


def _unaccented(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[0]


def alike_but_meaningless(one: str, other: str) -> bool:
    """Whether two texts are alike where both have characters with a meaning, and most have one.

    A character that means nothing may stand for any one character.
    """
    if len(one) != len(other):
        return False
    told = [
        (left, right)
        for left, right in zip(one, other, strict=True)
        if not has_meaningless(left + right)
    ]
    return 2 * len(told) >= len(one) and all(left == right for left, right in told)
