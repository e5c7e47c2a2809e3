"""How surnames sound, without tones: whom a broker hears named Zhang he may write 张 or 章.

A surname that is read in several ways stands under each (单 shàn and dān, 曾 zēng and céng, 查 zhā and chá, 仇 qiú and
chóu, 解 xiè and jiě, 朴 piáo and pǔ, 翟 zhái and dí). One that is not in the table sounds like nothing but itself.
"""

from collections import defaultdict
from collections.abc import Mapping

from .search_words import words_of

_TABLE = """
    a 阿; ai 艾; an 安; ao 敖; ba 巴; bai 白柏; baili ,百里; ban 班; bao 鲍包宝; bei 贝貝; ben 贲; bi 毕费秘畢費;
    bian 卞边; bie 别; bing 邴; bo 柏薄; bu 步卜; cai 蔡; cang 苍; cao 曹; cen 岑; ceng 曾曽; cha 查; chai 柴;
    chang 常昌; chanyu ,单于; chao 晁巢; che 车車; chen 陈谌陳; cheng 程成; chi 池郗; chong 充种; chou 仇;
    chu 楚储褚儲; chunyu ,淳于; cong 从; cui 崔翠; dai 戴代; dan 单單; dang 党; deng 邓鄧; di 翟邸狄; diao 刁;
    ding 丁; dong 董东東; dongfang ,东方; dongguo ,东郭; dou 窦竇; du 杜都督堵; duan 段; duanmu ,端木;
    dugu ,独孤; e 鄂; fa 法; fan 范樊繁範; fang 方房; fei 费費; feng 冯丰封逢凤酆馮豐鳳; fu 付傅伏富宓符扶;
    gai 盖; gan 甘; gao 高; ge 葛戈盖; geng 耿; gong 龚宫贡巩公弓龔鞏; gongsun ,公孙; gongye ,公冶; gou 勾缑苟;
    gu 贾顾古谷辜賈顧; guan 管关關; guang 广; gui 归桂妫; guo 郭国呙过國; ha 哈; hai 海; han 韩韓; hang 杭;
    hao 郝蒿; he 何贺和黑賀; hei 黑; helian ,赫连; heng 衡; hong 弘红洪; hou 侯后郈候; hu 胡户扈虎; hua 华滑花華;
    huai 怀; huan 宦桓郇; huang 黄黃; huangfu ,皇甫; hui 惠; huo 霍; huyan ,呼延; ji 季纪籍姬冀暨计吉嵇汲祭紀計;
    jia 贾郏賈; jian 柬简翦簡; jiang 蒋姜江薑; jiao 焦矫; jie 解揭; jin 金晋靳; jing 景荆井经敬; ju 居鞠; kan 阚;
    kang 康亢; ke 柯; kong 孔空; kou 寇; ku 库; kuai 蒯; kuang 匡况邝鄺; kui 夔隗; lai 赖賴; lan 兰蓝蘭藍;
    lang 郎; lao 劳勞; le 乐; lei 雷; leng 冷; li 李黎利郦; lian 连练廉連; liang 梁; liao 廖; lin 林; ling 令凌;
    linghu ,令狐; liu 刘柳劉; long 龙隆龍; lou 楼娄婁; lu 卢陆芦路鲁禄逯鹿盧陸蘆魯; luo 罗骆羅駱; lv 吕呂;
    lvqiu ,闾丘; ma 马麻馬; mai 麦麥; man 满滿; mao 毛茅; mei 梅; meng 孟蒙; mi 米糜宓秘; miao 苗缪繆; mie 乜;
    min 闵; ming 明; mo 莫; moqi ,万俟; mou 缪牟繆; mu 慕牧木牟穆; murong ,慕容; na 那; nai 能; nangong ,南宫;
    neng 能; ni 倪; nian 粘; nie 聂乜聶; ning 宁寧; niu 牛钮; nong 农; ou 欧殴区歐區; ouyang ,欧阳; pan 潘;
    pang 逄庞逢龐; pei 裴; peng 彭蓬; pi 皮; piao 朴; ping 平; po 繁; pu 蒲浦朴濮; puyang ,濮阳; qi 齐祁亓齊;
    qian 钱錢; qiang 强強; qiao 乔喬; qin 秦覃琴钦; qiu 邱丘裘仇秋; qu 屈瞿区曲璩區; quan 权全; que 阙却卻;
    ran 冉; rao 饶饒; ren 任; rong 容融荣; ru 茹汝; ruan 阮; rui 芮; sang 桑; sha 沙; shan 单山單; shang 尚;
    shangguan ,上官; shao 邵召; she 厍佘折; shen 沈申莘慎谌; sheng 盛; shentu ,申屠; shi 石史施师时師時; shou 寿;
    shu 舒; shuai 帅; shuang 双; shui 水; si 司姒; sikong ,司空; sima ,司马; situ ,司徒; song 宋松; su 苏宿粟蘇;
    sui 隋眭; sun 孙孫; suo 索; ta 褟; tai 邰泰台; taishu ,太叔; tan 谭覃谈檀譚談; tang 唐汤湯; tantai ,澹台;
    tao 陶; teng 滕; tian 田; tie 铁; tong 仝佟通童; tou 钭; tu 涂屠塗; tuoba ,拓跋; wan 万宛萬; wang 王汪;
    wei 魏韦蔚隗尉危卫韋衛; weichi ,尉迟; wen 文温闻; weng 翁; wenren ,闻人; wo 沃; wu 吴武邬伍巫乌仵吳鄔烏;
    xi 习郗洗却卻習; xia 夏; xiahou ,夏侯; xian 冼洗咸鲜; xiang 向项相項; xianyu ,鲜于; xiao 肖萧蕭; xie 谢解謝;
    ximen ,西门; xin 辛莘; xing 邢幸; xiong 熊; xu 徐许胥须許; xuan 宣; xuanyuan ,轩辕; xue 薛; xun 荀郇;
    yan 闫阎严晏鄢燕颜閆閻嚴; yang 杨养羊仰阳楊; yao 姚尧么幺; ye 叶冶葉; yi 易益羿伊衣; yin 尹殷阴印訚鄞;
    ying 应應; yong 雍; you 尤游由; yu 余于俞虞郁鱼庾尉喻; yuan 袁原苑员贠元; yuchi ,尉迟; yue 岳越乐;
    yun 员云雲; yuwen ,宇文; zai 宰; zan 昝; zang 臧; zeng 曾曽; zha 查; zhai 翟祭; zhan 詹占战; zhang 张仉章張;
    zhangsun ,长孙; zhao 赵召肇趙; zhe 折; zhen 甄; zheng 郑鄭; zhi 支; zhong 钟终仲种鐘鍾; zhongli ,钟离;
    zhongsun ,仲孙; zhou 周; zhu 朱祝竺诸諸; zhuang 庄莊; zhuge ,诸葛; zhuo 卓; zi 訾; zong 宗; zongzheng ,宗政;
    zou 邹鄒; zu 祖; zuo 左;
"""
"""A reading with its surnames: those of one sign in a row, those of two signs behind a comma each."""


def readings(name: str) -> frozenset[str]:
    """How the surname of a name may sound; empty where it names nobody.

    Two signs that are a surname may also be one sign and the beginning of a given name (单于晴), so both are asked.
    """
    words = words_of(name)
    surnames = set(words.surnames)
    surnames |= {surname[0] for surname in surnames if surname in _OF_TWO}
    return frozenset(reading for surname in surnames for reading in _READINGS.get(surname, {surname}))


def _read() -> tuple[Mapping[str, frozenset[str]], frozenset[str]]:
    found, of_two = defaultdict[str, set[str]](set), set[str]()
    for entry in _TABLE.replace("\n", " ").split(";"):
        reading, _, surnames = entry.strip().partition(" ")
        of_one, *doubles = surnames.split(",")
        of_two.update(doubles)
        for surname in (*of_one, *doubles):
            found[surname].add(reading)
    return {surname: frozenset(some) for surname, some in found.items()}, frozenset(of_two)


_READINGS, _OF_TWO = _read()
