/**
 * The listings of the mock market: real tickers, names and industries with rounded, merely plausible figures.
 * `== sector`, `= industry`, then `symbol,name,exchange,price in dollars,daily volume in million shares`, entries
 * separated by `;`. Exchanges: N New York Stock Exchange, Q Nasdaq, P NYSE Arca, Z Cboe BZX.
 */
export const UNIVERSE_DATA = `
== Information Technology
= Semiconductors
NVDA,NVIDIA,Q,182,190;AVGO,Broadcom,Q,348,24;AMD,Advanced Micro Devices,Q,214,48;QCOM,QUALCOMM,Q,168,9
TXN,Texas Instruments,Q,182,6.5;MU,Micron Technology,Q,188,24;ADI,Analog Devices,Q,240,3.8;INTC,Intel,Q,37.4,95
NXPI,NXP Semiconductors,Q,221,2.9;MPWR,Monolithic Power Systems,Q,958,0.7;ON,ON Semiconductor,Q,50.2,9
MCHP,Microchip Technology,Q,64.5,9.2;FSLR,First Solar,Q,238,2.6;SWKS,Skyworks Solutions,Q,76.4,2.6
= Semiconductor Equipment
AMAT,Applied Materials,Q,226,7.5;LRCX,Lam Research,Q,151,11;KLAC,KLA,Q,1142,1.1;TER,Teradyne,Q,142,4;ENPH,Enphase Energy,Q,36.8,6.2
= Systems Software
MSFT,Microsoft,Q,512,21;ORCL,Oracle,N,285,14;PANW,Palo Alto Networks,Q,208,6.4;CRWD,CrowdStrike,Q,492,2.8;NOW,ServiceNow,N,928,1.5
FTNT,Fortinet,Q,84.2,5.6;GEN,Gen Digital,Q,27.9,3.9
= Application Software
PLTR,Palantir Technologies,Q,178,62;CRM,Salesforce,N,246,7.4;ADBE,Adobe,Q,352,4.1;INTU,Intuit,Q,676,1.7;APP,AppLovin,Q,604,5
CDNS,Cadence Design Systems,Q,342,1.9;SNPS,Synopsys,Q,478,1.6;ADSK,Autodesk,Q,314,1.5;WDAY,Workday,Q,236,2.3;DDOG,Datadog,Q,142,4.6
ROP,Roper Technologies,Q,508,0.7;FICO,Fair Isaac,N,1624,0.3;PTC,PTC,Q,202,1;TYL,Tyler Technologies,N,522,0.3
TRMB,Trimble,Q,80.6,1.6
= Technology Hardware
AAPL,Apple,Q,247,52;DELL,Dell Technologies,N,142,7;HPE,Hewlett Packard Enterprise,N,24.6,18;HPQ,HP,N,27.3,9;NTAP,NetApp,Q,119,1.9
WDC,Western Digital,Q,118,8.8;STX,Seagate Technology,Q,226,4.2;SMCI,Super Micro Computer,Q,52.6,26
SNDK,Sandisk,Q,124,7.7
= IT Services
IBM,International Business Machines,N,282,4.6;ACN,Accenture,N,242,4.2;IT,Gartner,N,248,1;CTSH,Cognizant Technology Solutions,Q,67.4,5.2
AKAM,Akamai Technologies,Q,76.3,2.1;EPAM,EPAM Systems,N,152,0.8;GDDY,GoDaddy,N,134,1.8;VRSN,VeriSign,Q,274,0.8
SNOW,Snowflake,N,238,5
= Communications Equipment
CSCO,Cisco Systems,Q,68.6,20;ANET,Arista Networks,N,144,8;MSI,Motorola Solutions,N,452,0.8;FFIV,F5,Q,326,0.6
= Electronic Equipment
APH,Amphenol,N,124,8;GLW,Corning,N,83.4,6.6;TEL,TE Connectivity,N,220,1.9;KEYS,Keysight Technologies,N,168,1.2;JBL,Jabil,N,206,1.4
TDY,Teledyne Technologies,N,568,0.3;ZBRA,Zebra Technologies,Q,296,0.6;CDW,CDW,Q,156,1.1
== Communication Services
= Interactive Media
META,Meta Platforms,Q,716,12;GOOGL,Alphabet Class A,Q,248,34;GOOG,Alphabet Class C,Q,249,22;MTCH,Match Group,Q,34.2,4.2
PINS,Pinterest,N,33.1,11;RDDT,Reddit,N,206,6;SNAP,Snap,N,8.1,52
= Entertainment
NFLX,Netflix,Q,1188,3.2;DIS,Walt Disney,N,112,8.4;TTWO,Take-Two Interactive,Q,256,1.7;EA,Electronic Arts,Q,201,3.1
WBD,Warner Bros. Discovery,Q,18.4,52;LYV,Live Nation Entertainment,N,154,2.4;TKO,TKO Group,N,192,0.9;PSKY,Paramount Skydance,Q,17.8,11
ROKU,Roku,Q,98.2,3.2;SPOT,Spotify Technology,N,694,1.6
= Media
CMCSA,Comcast,Q,30.6,26;CHTR,Charter Communications,Q,272,1.7;OMC,Omnicom Group,N,79.4,3.2;IPG,Interpublic Group,N,27.1,7.5
FOXA,Fox Class A,Q,58.2,3.4;FOX,Fox Class B,Q,52.4,1.6;NWSA,News Corp Class A,Q,29.4,3.1;NWS,News Corp Class B,Q,33.6,0.7
TTD,Trade Desk,Q,51.8,17
= Telecommunication
TMUS,T-Mobile US,Q,232,3.9;VZ,Verizon Communications,N,41.2,19;T,AT&T,N,26.8,34
== Consumer Discretionary
= Broadline Retail
AMZN,Amazon.com,Q,222,42;EBAY,eBay,Q,91.4,5.4;MELI,MercadoLibre,Q,2186,0.5
= Automobiles
TSLA,Tesla,Q,432,84;GM,General Motors,N,58.4,9;F,Ford Motor,N,11.9,66;RIVN,Rivian Automotive,Q,13.4,31
APTV,Aptiv,N,84.6,2.2
= Specialty Retail
HD,Home Depot,N,388,3.4;LOW,Lowe's,N,242,2.4;TJX,TJX Companies,N,142,4.3;ORLY,O'Reilly Automotive,Q,103,5.1;AZO,AutoZone,N,4122,0.1
ROST,Ross Stores,Q,152,2.2;BBY,Best Buy,N,76.2,3.1;ULTA,Ulta Beauty,Q,542,0.6;TSCO,Tractor Supply,Q,56.1,4.9
WSM,Williams-Sonoma,N,192,1.2;KMX,CarMax,N,45.2,3.3;GPC,Genuine Parts,N,134,1;LKQ,LKQ,Q,30.6,2.4;POOL,Pool,Q,308,0.4;CVNA,Carvana,N,362,2.9
GME,GameStop,N,24.8,11
= Hotels and Restaurants
MCD,McDonald's,N,304,3;BKNG,Booking Holdings,Q,5412,0.2;SBUX,Starbucks,Q,83.4,9;CMG,Chipotle Mexican Grill,N,40.8,16
MAR,Marriott International,Q,266,1.4;HLT,Hilton Worldwide,N,264,1.5;ABNB,Airbnb,Q,124,4.2;RCL,Royal Caribbean,N,312,2.2
YUM,Yum! Brands,N,148,1.8;DRI,Darden Restaurants,N,194,1.2;CCL,Carnival,N,28.9,18;NCLH,Norwegian Cruise Line,N,23.8,13
EXPE,Expedia Group,Q,218,1.5;LVS,Las Vegas Sands,N,53.6,4.6;WYNN,Wynn Resorts,Q,124,1.7;MGM,MGM Resorts,N,34.2,4.4
DPZ,Domino's Pizza,Q,418,0.7;DKNG,DraftKings,Q,36.4,12;DASH,DoorDash,Q,268,3.6;CZR,Caesars Entertainment,Q,22.8,6.2
= Apparel and Luxury
NKE,Nike,N,71.4,13;LULU,lululemon athletica,Q,174,3.2;DECK,Deckers Outdoor,N,102,2.9;TPR,Tapestry,N,114,2.8;RL,Ralph Lauren,N,324,0.7
= Household Durables
DHI,D.R. Horton,N,162,2.9;LEN,Lennar,N,124,3.2;PHM,PulteGroup,N,128,1.9;NVR,NVR,N,7890,0.02;GRMN,Garmin,N,252,0.8
MHK,Mohawk Industries,N,126,0.7;HAS,Hasbro,Q,75.8,1.7
== Consumer Staples
= Consumer Staples Retail
WMT,Walmart,N,103,15;COST,Costco Wholesale,Q,936,1.9;TGT,Target,N,89.6,6.8;KR,Kroger,N,68.2,5.4;SYY,Sysco,N,80.4,3.3
DG,Dollar General,N,102,3.2;DLTR,Dollar Tree,Q,94.1,3.8
= Beverages
KO,Coca-Cola,N,67.4,15;PEP,PepsiCo,Q,146,6.4;MNST,Monster Beverage,Q,67.2,5.2;KDP,Keurig Dr Pepper,Q,26.4,13
STZ,Constellation Brands,N,138,2.2;TAP,Molson Coors,N,45.6,2.4;BF.B,Brown-Forman Class B,N,27.6,3.6
= Household Products
PG,Procter & Gamble,N,151,7.6;CL,Colgate-Palmolive,N,78.4,4.7;KMB,Kimberly-Clark,Q,121,2.8;CHD,Church & Dwight,N,87.4,1.9;CLX,Clorox,N,121,1.6
EL,Estee Lauder,N,94.2,3.7;KVUE,Kenvue,N,16.3,32
= Food Products
MDLZ,Mondelez International,Q,61.8,8;GIS,General Mills,N,49.2,5.6;KHC,Kraft Heinz,Q,25.8,12;HSY,Hershey,N,188,1.8;ADM,Archer-Daniels-Midland,N,62.4,3.4
BG,Bunge Global,N,84.6,1.7;TSN,Tyson Foods,N,53.4,2.8;CAG,Conagra Brands,N,18.6,9.2;HRL,Hormel Foods,N,24.2,4.1;SJM,J.M. Smucker,N,106,1.4
MKC,McCormick,N,66.4,2.3;CPB,Campbell's,Q,31.2,5.4;LW,Lamb Weston,N,62.1,2.2
= Tobacco
PM,Philip Morris International,N,158,5.6;MO,Altria Group,N,65.4,8.2
== Health Care
= Pharmaceuticals
LLY,Eli Lilly,N,824,3.6;JNJ,Johnson & Johnson,N,190,8.1;ABBV,AbbVie,N,230,5.4;MRK,Merck,N,87.2,13;PFE,Pfizer,N,24.8,46
BMY,Bristol-Myers Squibb,N,44.6,13;ZTS,Zoetis,N,144,3.2;VTRS,Viatris,Q,10.2,11
= Biotechnology
AMGN,Amgen,Q,296,2.4;GILD,Gilead Sciences,Q,121,6.6;VRTX,Vertex Pharmaceuticals,Q,416,1.5;REGN,Regeneron Pharmaceuticals,Q,582,0.9
BIIB,Biogen,Q,148,1.4;MRNA,Moderna,Q,26.4,9.8;INCY,Incyte,Q,86.4,1.5
= Health Care Equipment
ABT,Abbott Laboratories,N,130,6.2;ISRG,Intuitive Surgical,Q,448,2.2;SYK,Stryker,N,372,1.3;BSX,Boston Scientific,N,98.4,7.4;MDT,Medtronic,N,95.6,6.2
EW,Edwards Lifesciences,N,76.2,3.9;BDX,Becton Dickinson,N,188,1.9;DXCM,DexCom,Q,68.4,4.6;IDXX,IDEXX Laboratories,Q,642,0.5
RMD,ResMed,N,274,0.9;GEHC,GE HealthCare,Q,75.6,3.2;ZBH,Zimmer Biomet,N,99.4,1.7;STE,STERIS,N,246,0.5;PODD,Insulet,Q,318,0.8
HOLX,Hologic,Q,68.2,3.4;COO,Cooper Companies,Q,70.4,2.3;ALGN,Align Technology,Q,132,1.3;BAX,Baxter International,N,23.1,6.2
SOLV,Solventum,N,72.3,1.1
= Life Sciences Tools
TMO,Thermo Fisher Scientific,N,538,1.9;DHR,Danaher,N,208,3.9;A,Agilent Technologies,N,142,2;IQV,IQVIA,N,206,1.5;WAT,Waters,N,338,0.6
MTD,Mettler-Toledo,N,1316,0.1;RVTY,Revvity,N,91.2,1.3;TECH,Bio-Techne,Q,59.6,2.3;CRL,Charles River Laboratories,N,174,0.9
= Health Care Providers
UNH,UnitedHealth Group,N,358,9.4;CI,Cigna,N,302,1.7;ELV,Elevance Health,N,346,1.6;CVS,CVS Health,N,80.2,7.6;HCA,HCA Healthcare,N,428,1
MCK,McKesson,N,772,0.7;COR,Cencora,N,314,1.2;CAH,Cardinal Health,N,158,1.8;HUM,Humana,N,282,1.5;CNC,Centene,N,36.4,9.4
LH,Labcorp,N,282,0.6;DGX,Quest Diagnostics,N,188,0.9;MOH,Molina Healthcare,N,196,1.5;UHS,Universal Health Services,N,204,0.7
DVA,DaVita,N,128,0.8;HSIC,Henry Schein,Q,66.1,1.5
== Financials
= Diversified Banks
JPM,JPMorgan Chase,N,306,8.4;BAC,Bank of America,N,51.2,36;WFC,Wells Fargo,N,84.6,13;C,Citigroup,N,98.4,14;USB,U.S. Bancorp,N,47.1,8.4
PNC,PNC Financial Services,N,188,2;TFC,Truist Financial,N,43.8,7.8;MTB,M&T Bank,N,184,1.1;FITB,Fifth Third Bancorp,Q,42.6,6.4
HBAN,Huntington Bancshares,Q,16.2,26;RF,Regions Financial,N,25.2,11;CFG,Citizens Financial,N,51.6,5;KEY,KeyCorp,N,18.1,14
SOFI,SoFi Technologies,Q,27.6,58
= Capital Markets
GS,Goldman Sachs,N,782,2;MS,Morgan Stanley,N,160,5.2;SCHW,Charles Schwab,N,94.2,8.8;BLK,BlackRock,N,1172,0.6;BX,Blackstone,N,164,4.2
KKR,KKR,N,124,4.6;APO,Apollo Global Management,N,126,3.6;COIN,Coinbase Global,Q,342,10;HOOD,Robinhood Markets,Q,138,34
BK,Bank of New York Mellon,N,107,3.6;STT,State Street,N,114,1.8;NTRS,Northern Trust,Q,131,1.1;TROW,T. Rowe Price,Q,103,1.5
AMP,Ameriprise Financial,N,486,0.5;RJF,Raymond James,N,168,1;IVZ,Invesco,N,23.2,5.5;BEN,Franklin Resources,N,23.4,4.4;IBKR,Interactive Brokers,Q,68.2,6
= Exchanges and Data
SPGI,S&P Global,N,482,1.4;MCO,Moody's,N,484,0.7;ICE,Intercontinental Exchange,N,164,2.9;CME,CME Group,Q,268,2;MSCI,MSCI,N,562,0.5
NDAQ,Nasdaq,Q,88.4,3.2;CBOE,Cboe Global Markets,Z,242,0.8;FDS,FactSet Research,N,286,0.7
= Payments
V,Visa,N,346,5.8;MA,Mastercard,N,568,2.5;PYPL,PayPal,Q,70.2,13;FI,Fiserv,N,126,5.2;FIS,Fidelity National Information,N,66.4,4
GPN,Global Payments,N,84.2,3;CPAY,Corpay,N,292,0.6;JKHY,Jack Henry & Associates,Q,152,0.8;XYZ,Block,N,76.4,8.2;AFRM,Affirm Holdings,Q,72.6,6.4
= Consumer Finance
AXP,American Express,N,342,2.7;COF,Capital One Financial,N,218,3.6;SYF,Synchrony Financial,N,72.4,3.5
= Insurance
BRK.B,Berkshire Hathaway Class B,N,494,4.2;PGR,Progressive,N,232,3.1;CB,Chubb,N,278,1.7;MMC,Marsh McLennan,N,204,2.6;AON,Aon,N,354,1.1
TRV,Travelers,N,272,1.3;AJG,Arthur J. Gallagher,N,298,1.5;AFL,Aflac,N,110,2;ALL,Allstate,N,206,1.4;MET,MetLife,N,80.4,3.4
PRU,Prudential Financial,N,102,1.9;AIG,American International Group,N,80.1,4.4;HIG,Hartford Insurance,N,128,1.5;ACGL,Arch Capital,Q,89.6,2
WTW,Willis Towers Watson,Q,332,0.6;BRO,Brown & Brown,N,92.4,2.5;CINF,Cincinnati Financial,Q,156,0.6;L,Loews,N,98.2,0.8
PFG,Principal Financial,Q,80.4,1.4;WRB,W.R. Berkley,N,74.2,1.9;EG,Everest Group,N,346,0.5;GL,Globe Life,N,138,0.7;AIZ,Assurant,N,212,0.4
ERIE,Erie Indemnity,Q,318,0.2
== Industrials
= Aerospace and Defense
GE,GE Aerospace,N,298,4.6;RTX,RTX,N,166,4.9;BA,Boeing,N,214,8.2;LMT,Lockheed Martin,N,496,1.4;HON,Honeywell,Q,206,3.6
GD,General Dynamics,N,332,1.2;NOC,Northrop Grumman,N,598,0.8;LHX,L3Harris Technologies,N,296,1.1;TDG,TransDigm,N,1302,0.3
HWM,Howmet Aerospace,N,192,2.6;AXON,Axon Enterprise,Q,712,0.7;TXT,Textron,N,82.6,1.3;HII,Huntington Ingalls,N,284,0.4
= Machinery
CAT,Caterpillar,N,492,3.1;DE,Deere,N,456,1.4;ETN,Eaton,N,374,2.4;PH,Parker-Hannifin,N,742,0.6;ITW,Illinois Tool Works,N,254,1.1
EMR,Emerson Electric,N,130,2.7;CMI,Cummins,N,424,0.9;PCAR,PACCAR,Q,96.4,2.9;OTIS,Otis Worldwide,N,90.6,3.1;WM,Waste Management,N,214,1.8
IR,Ingersoll Rand,N,80.2,3;XYL,Xylem,N,146,1.3;WAB,Wabtec,N,196,0.9;DOV,Dover,N,166,1;FTV,Fortive,N,48.6,3.7;SWK,Stanley Black & Decker,N,69.4,1.9
SNA,Snap-on,N,342,0.3;NDSN,Nordson,Q,228,0.4;IEX,IDEX,N,164,0.7;PNR,Pentair,N,110,1.3
= Electrical Equipment
GEV,GE Vernova,N,612,2.6;AME,AMETEK,N,186,1.2;ROK,Rockwell Automation,N,348,0.8;HUBB,Hubbell,N,426,0.5;GNRC,Generac,N,182,1
= Building Products
JCI,Johnson Controls,N,109,4.2;TT,Trane Technologies,N,414,1.2;CARR,Carrier Global,N,56.8,5.6;MAS,Masco,N,68.6,2.2;LII,Lennox International,N,524,0.4
BLDR,Builders FirstSource,N,122,2.1;AOS,A. O. Smith,N,71.2,1.2;ALLE,Allegion,N,174,0.7
= Transportation
UBER,Uber Technologies,N,96.4,17;UNP,Union Pacific,N,224,3;CSX,CSX,Q,35.6,16;NSC,Norfolk Southern,N,294,1.3;UPS,United Parcel Service,N,86.2,8
FDX,FedEx,N,242,1.9;ODFL,Old Dominion Freight Line,Q,138,1.9;JBHT,J.B. Hunt,Q,138,1.1;CHRW,C.H. Robinson,Q,130,1.7;EXPD,Expeditors,N,122,1.3
DAL,Delta Air Lines,N,58.4,9.2;UAL,United Airlines,Q,98.6,6.2;LUV,Southwest Airlines,N,32.6,9.4;AAL,American Airlines,Q,12.2,52
= Professional Services
ADP,Automatic Data Processing,Q,284,2.2;PAYX,Paychex,Q,126,2.5;CTAS,Cintas,Q,194,1.8;VRSK,Verisk Analytics,Q,238,1.2;BR,Broadridge,N,232,0.7
EFX,Equifax,N,236,1.2;LDOS,Leidos,N,190,0.9;J,Jacobs Solutions,N,154,0.8;PAYC,Paycom Software,N,204,0.6;DAY,Dayforce,N,68.6,2.7
CSGP,CoStar Group,Q,80.4,3.6
= Commercial Services
RSG,Republic Services,N,224,1.3;CPRT,Copart,Q,44.2,6.6;FAST,Fastenal,Q,47.6,6.2;GWW,W.W. Grainger,N,956,0.3;URI,United Rentals,N,964,0.5
PWR,Quanta Services,N,424,1;ROL,Rollins,N,57.4,2.2;VLTO,Veralto,N,104,1.2;MMM,3M,N,154,3.2;EME,EMCOR Group,N,652,0.4
== Energy
= Integrated Oil
XOM,Exxon Mobil,N,112,14;CVX,Chevron,N,154,8
= Exploration and Production
COP,ConocoPhillips,N,92.6,6.6;EOG,EOG Resources,N,112,3.3;OXY,Occidental Petroleum,N,44.8,9.6;FANG,Diamondback Energy,Q,144,1.8
DVN,Devon Energy,N,34.2,8.2;CTRA,Coterra Energy,N,24.1,7.8;EQT,EQT,N,54.6,7.4;APA,APA,Q,24.2,7.2;EXE,Expand Energy,Q,104,2.9;TPL,Texas Pacific Land,N,932,0.2
= Refining
MPC,Marathon Petroleum,N,192,2.1;PSX,Phillips 66,N,134,2.7;VLO,Valero Energy,N,166,3
= Pipelines
WMB,Williams Companies,N,63.2,6.4;KMI,Kinder Morgan,N,28.1,13;OKE,ONEOK,N,71.4,4.1;TRGP,Targa Resources,N,164,1.6
= Oil Services
SLB,SLB,N,34.8,16;HAL,Halliburton,N,24.2,14;BKR,Baker Hughes,Q,48.6,8
== Materials
= Chemicals
LIN,Linde,Q,464,1.8;SHW,Sherwin-Williams,N,342,1.7;ECL,Ecolab,N,274,1.1;APD,Air Products,N,268,1.2;DD,DuPont,N,78.4,3.6
DOW,Dow,N,23.6,15;PPG,PPG Industries,N,105,2;LYB,LyondellBasell,N,51.2,5.2;IFF,International Flavors & Fragrances,N,62.8,2.4
CTVA,Corteva,N,66.8,3.7;CF,CF Industries,N,86.4,2.4;ALB,Albemarle,N,92.4,3.6;MOS,Mosaic,N,33.6,5.2;EMN,Eastman Chemical,N,63.2,1.6
= Metals and Mining
FCX,Freeport-McMoRan,N,41.6,18;NEM,Newmont,N,88.4,11;NUE,Nucor,N,136,1.9;STLD,Steel Dynamics,Q,144,1.4;AA,Alcoa,N,36.2,6.4
= Construction Materials
VMC,Vulcan Materials,N,304,0.8;MLM,Martin Marietta,N,628,0.4;CRH,CRH,N,118,4.8
= Containers and Packaging
IP,International Paper,N,46.8,4.6;PKG,Packaging Corp of America,N,216,0.7;AMCR,Amcor,N,8.2,28;BALL,Ball,N,50.2,2.7;AVY,Avery Dennison,N,164,0.7
SW,Smurfit Westrock,N,42.6,4.2
== Utilities
= Electric Utilities
NEE,NextEra Energy,N,84.2,9.6;SO,Southern Company,N,96.4,4.4;DUK,Duke Energy,N,126,3.2;CEG,Constellation Energy,Q,368,2.6;AEP,American Electric Power,Q,117,3
EXC,Exelon,Q,47.2,6.6;XEL,Xcel Energy,Q,80.4,3.7;ETR,Entergy,N,95.6,2.5;PCG,PG&E,N,16.2,18;EIX,Edison International,N,55.8,3
FE,FirstEnergy,N,46.2,3.8;PPL,PPL,N,37.1,5;EVRG,Evergy,Q,77.2,1.9;PNW,Pinnacle West,N,90.2,1;NRG,NRG Energy,N,168,2.5;VST,Vistra,N,204,4.6
= Multi-Utilities
SRE,Sempra,N,91.2,3.3;D,Dominion Energy,N,61.4,4.9;PEG,Public Service Enterprise,N,83.4,2.5;ED,Consolidated Edison,N,101,2;WEC,WEC Energy,N,114,1.7
DTE,DTE Energy,N,142,1.1;AEE,Ameren,N,105,1.4;CMS,CMS Energy,N,73.8,2.1;CNP,CenterPoint Energy,N,39.2,4.2;NI,NiSource,N,43.4,3.8
LNT,Alliant Energy,Q,67.4,1.7
= Gas and Water
ATO,Atmos Energy,N,172,0.9;AWK,American Water Works,N,142,1.3;AES,AES,N,14.2,14
== Real Estate
= Specialized REITs
AMT,American Tower,N,192,2.3;EQIX,Equinix,Q,802,0.5;DLR,Digital Realty,N,174,1.7;CCI,Crown Castle,N,96.2,2.8;PSA,Public Storage,N,296,0.9
SBAC,SBA Communications,Q,194,1.1;EXR,Extra Space Storage,N,146,1.1;IRM,Iron Mountain,N,104,1.6;WY,Weyerhaeuser,N,24.2,4.6
= Retail REITs
SPG,Simon Property Group,N,182,1.4;O,Realty Income,N,59.6,5.2;KIM,Kimco Realty,N,21.8,4.4;REG,Regency Centers,Q,71.4,1.1;FRT,Federal Realty,N,98.4,0.7
= Residential REITs
AVB,AvalonBay Communities,N,188,0.9;EQR,Equity Residential,N,63.2,2.1;INVH,Invitation Homes,N,28.6,4;MAA,Mid-America Apartment,N,136,0.8
ESS,Essex Property,N,262,0.4;UDR,UDR,N,36.4,2.4;CPT,Camden Property,N,104,1
= Industrial and Office REITs
PLD,Prologis,N,118,3.4;BXP,BXP,N,74.2,1.6;ARE,Alexandria Real Estate,N,79.4,1.7
= Health Care and Hotel REITs
WELL,Welltower,N,176,2.4;VTR,Ventas,N,69.8,2.7;DOC,Healthpeak Properties,N,18.4,7.4;HST,Host Hotels,Q,16.6,7.6;VICI,VICI Properties,N,31.4,7
= Real Estate Services
CBRE,CBRE Group,N,158,1.6
== Funds
= Index Funds
SPY,SPDR S&P 500 ETF,P,668,68;QQQ,Invesco QQQ Trust,Q,602,48;IWM,iShares Russell 2000 ETF,P,244,32;DIA,SPDR Dow Jones Industrial Average ETF,P,464,3.6
VOO,Vanguard S&P 500 ETF,P,614,7.2;VTI,Vanguard Total Stock Market ETF,P,328,3.8;RSP,Invesco S&P 500 Equal Weight ETF,P,188,8.4
EEM,iShares MSCI Emerging Markets ETF,P,53.8,28;EFA,iShares MSCI EAFE ETF,P,93.6,13
= Sector Funds
XLK,Technology Select Sector SPDR,P,282,6.2;XLF,Financial Select Sector SPDR,P,53.4,38;XLE,Energy Select Sector SPDR,P,89.2,14
XLV,Health Care Select Sector SPDR,P,139,9;XLI,Industrial Select Sector SPDR,P,153,8;XLY,Consumer Discretionary Select Sector SPDR,P,238,4.4
XLP,Consumer Staples Select Sector SPDR,P,79.2,11;XLU,Utilities Select Sector SPDR,P,87.4,10;XLB,Materials Select Sector SPDR,P,90.6,6
XLRE,Real Estate Select Sector SPDR,P,42.2,5.4;XLC,Communication Services Select Sector SPDR,P,118,4.8;SMH,VanEck Semiconductor ETF,Q,326,7.2
= Bond and Commodity Funds
TLT,iShares 20+ Year Treasury Bond ETF,Q,89.6,34;HYG,iShares High Yield Corporate Bond ETF,P,81.2,36;LQD,iShares Investment Grade Corporate Bond ETF,P,111,24
GLD,SPDR Gold Shares,P,372,11;SLV,iShares Silver Trust,P,43.6,28;USO,United States Oil Fund,P,73.4,5.2
`;
